// SPDX-License-Identifier: Apache-2.0
// A walk over the tokens of one JSON document that StructureScanner found, checking its grammar (RFC 8259) as it goes.
// The hot loop: everything is inline, and nothing is written but the place. One thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/decimal.h"
#include "decode/structure.h"

namespace salestream::decode {

// Why a document is not JSON, or not one that we read.
enum class Syntax : std::uint8_t {
  kOk,
  kEndsTooEarly,
  kUnexpectedToken,
  kBadScalar,
  kBadEscape,
  kTooDeep,
};

class Cursor {
 public:
  // `base[0, end)` is the document's block up to the document's end; `base[end]` is white space and more bytes follow, as
  // MessageBatch grants. `token` is the document's first.
  Cursor(const StructureScanner& scanner, const char* base, const std::uint32_t* token, std::uint32_t end,
         bool may_have_escapes, int max_depth)
      : scanner_(scanner), base_(base), token_(token), end_(end), may_have_escapes_(may_have_escapes),
        max_depth_(max_depth) {}

  bool at_end() const { return *token_ >= end_; }
  // The first byte of the current token; a zero byte, which begins no token, at the end.
  char peek() const { return at_end() ? '\0' : base_[*token_]; }
  void advance() { ++token_; }
  const std::uint32_t* token() const { return token_; }
  const char* here() const { return base_ + *token_; }
  std::uint32_t position() const { return at_end() ? end_ : *token_; }
  // From the current token to the document's end.
  std::string_view rest() const { return {base_ + position(), end_ - position()}; }
  Syntax syntax() const { return syntax_; }

  bool fail(Syntax syntax) {
    if (syntax_ == Syntax::kOk) syntax_ = at_end() && syntax == Syntax::kUnexpectedToken ? Syntax::kEndsTooEarly : syntax;
    return false;
  }

  // Steps over the token that must stand here.
  bool expect(char c) {
    if (peek() != c) return fail(Syntax::kUnexpectedToken);
    advance();
    return true;
  }

  // The raw bytes between the quotes of the string token here; steps over it. It has no control characters and its end
  // is there, as the scan has seen; nothing but white space stands between its end and the next token.
  bool raw_string(std::string_view& out) {
    const std::uint32_t begin = *token_ + 1;
    ++token_;
    std::uint32_t close = position() - 1;
    while (is_white_space(base_[close])) --close;
    if (close < begin || base_[close] != '"') return fail(Syntax::kUnexpectedToken);
    out = {base_ + begin, close - begin};
    return true;
  }

  // The same without escapes, in `arena` where there were some.
  bool string(std::string_view& out, char*& arena) {
    const char* quote = here();
    if (!raw_string(out)) return false;
    return !has_escape(out) || unescape(quote, out, arena);
  }

  bool has_escape(std::string_view raw) const {
    return may_have_escapes_ && std::memchr(raw.data(), '\\', raw.size()) != nullptr;
  }

  bool unescape(const char* quote, std::string_view& out, char*& arena) {
    char* end = scanner_.unescape(quote, arena);
    if (end == nullptr) return fail(Syntax::kBadEscape);
    out = {arena, static_cast<std::size_t>(end - arena)};
    arena = end;
    return true;
  }

  // The number here; steps over it. False when it isn't a JSON number.
  bool number(core::ParsedNumber& out) {
    const std::uint32_t begin = *token_;
    const std::uint32_t limit = token_[1] < end_ ? token_[1] : end_;
    out = core::parse_number_prefix({base_ + begin, limit - begin});
    if (out.status == core::NumberStatus::kNotANumber) return fail(Syntax::kBadScalar);
    if (!ends_scalar(begin + static_cast<std::uint32_t>(out.length))) return fail(Syntax::kBadScalar);
    advance();
    return true;
  }

  // Steps over any value that nobody wants, checking all of it.
  bool skip_value(char* arena) {
    if (peek() == '{' || peek() == '[') return skip_container(arena);
    return skip_scalar(arena);
  }

  // Containers within each other, counted across wanted and skipped ones.
  bool enter() { return ++depth_ <= max_depth_ || fail(Syntax::kTooDeep); }
  void leave() { --depth_; }

 private:
  static bool is_white_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

  bool ends_scalar(std::uint32_t at) const {
    if (at >= end_) return true;
    const char c = base_[at];
    return c == ',' || c == '}' || c == ']' || c == ':' || is_white_space(c);
  }

  bool literal(std::string_view word) {
    if (end_ - *token_ < word.size() || std::memcmp(here(), word.data(), word.size()) != 0 ||
        !ends_scalar(*token_ + static_cast<std::uint32_t>(word.size())))
      return fail(Syntax::kBadScalar);
    advance();
    return true;
  }

  bool skip_string(char* arena) {
    if (!may_have_escapes_) {
      // The scan has seen its end, and a token that may not follow a string is found where it stands.
      advance();
      return true;
    }
    std::string_view ignored;
    return string(ignored, arena);
  }

  bool skip_scalar(char* arena) {
    switch (peek()) {
      case '"': return skip_string(arena);
      case 't': return literal("true");
      case 'f': return literal("false");
      case 'n': return literal("null");
      case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9': {
        core::ParsedNumber ignored;
        return number(ignored);
      }
      case '\0': case ',': case ':': case ']': case '}': return fail(Syntax::kUnexpectedToken);
      default: return fail(Syntax::kBadScalar);
    }
  }

  // Iterative, so that no message decides how much of the call stack is used.
  bool skip_container(char* arena) {
    const int outer_depth = depth_;
    bool is_object = false;
    for (;;) {
      // Here stands a value: a container is entered, a scalar stepped over.
      if (const char c = peek(); c == '{' || c == '[') {
        is_object = c == '{';
        if (!enter()) return false;
        remember_kind(is_object);
        advance();
        if (peek() != (is_object ? '}' : ']')) {
          if (is_object && !skip_name(arena)) return false;
          continue;
        }
      } else if (!skip_scalar(arena)) {
        return false;
      }
      // A value has ended, or an empty container is about to: close what ends here, up to the next value.
      for (;;) {
        if (depth_ == outer_depth) return true;
        if (peek() == ',') {
          advance();
          if (is_object && !skip_name(arena)) return false;
          break;
        }
        if (peek() != (is_object ? '}' : ']')) return fail(Syntax::kUnexpectedToken);
        advance();
        leave();
        is_object = depth_ > outer_depth && kind();
      }
    }
  }

  bool skip_name(char* arena) {
    if (peek() != '"') return fail(Syntax::kUnexpectedToken);
    return skip_string(arena) && expect(':');
  }

  // One bit a level: is it an object?
  static constexpr int kMaxLevels = 1024 + 1;
  void remember_kind(bool is_object) {
    std::uint64_t& word = kinds_[depth_ / 64];
    const std::uint64_t bit = std::uint64_t{1} << (depth_ % 64);
    word = is_object ? word | bit : word & ~bit;
  }
  bool kind() const { return (kinds_[depth_ / 64] >> (depth_ % 64) & 1) != 0; }

  const StructureScanner& scanner_;
  const char* base_;
  const std::uint32_t* token_;
  std::uint32_t end_;
  bool may_have_escapes_;
  int max_depth_;
  int depth_ = 0;
  Syntax syntax_ = Syntax::kOk;
  std::uint64_t kinds_[kMaxLevels / 64 + 1];  // written before it is read
};

}  // namespace salestream::decode
