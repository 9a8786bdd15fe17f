// SPDX-License-Identifier: Apache-2.0
// The grammar of JSON (RFC 8259) over the tokens of one document that StructureScanner found. The hot loop: a Token is
// a plain pointer that stays in a register, each step takes one and returns the one behind what it read, or nullptr
// when the document is not JSON.
//
// Steps do not look for the document's end. What lies behind it is readable: white space, then the next document's
// tokens, and behind the last of a block a token at white space, which nothing accepts. The reader that reads a whole
// document asks ends_at() in the end whether it kept within its bounds. One instance a thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/decimal.h"
#include "decode/structure.h"
#include "decode/surrogates.h"

namespace salestream::decode {

// Objects and arrays within each other, at most.
inline constexpr int kMaxDepth = 1024;

using Token = const std::uint32_t*;

// Why a document is not JSON, or not one that we read.
enum class Syntax : std::uint8_t { kUnexpectedToken, kBadScalar, kBadEscape, kTooDeep };

class Cursor {
 public:
  explicit Cursor(const StructureScanner& scanner, int max_depth) : scanner_(scanner), max_depth_(max_depth) {}

  // The next document: `base[0, end)`, followed by white space. With escapes, strings without them are written to
  // `arena`, which has room for all of the document and 64 bytes more.
  void start(const char* base, std::uint32_t end, bool may_have_escapes, char* arena) {
    base_ = base;
    end_ = end;
    may_have_escapes_ = may_have_escapes;
    arena_ = arena;
    depth_ = 0;
    has_halves_ = false;
  }
  // Behind what was written.
  char* arena() const { return arena_; }

  char at(Token token) const { return base_[*token]; }
  const char* text(Token token) const { return base_ + *token; }
  // To the end of the document.
  std::string_view text_from(Token token) const { return {text(token), end_ - *token}; }
  bool is_behind(Token token) const { return *token >= end_; }
  // Whether a document that was read up to here has ended exactly at its end.
  bool ends_at(Token token) const { return is_behind(token) && !is_behind(token - 1); }

  Token fail(Token token, Syntax syntax) {
    failed_at_ = token;
    syntax_ = syntax;
    return nullptr;
  }
  Token failed_at() const { return failed_at_; }
  Syntax syntax() const { return syntax_; }

  Token expect(Token token, char c) { return at(token) == c ? token + 1 : fail(token, Syntax::kUnexpectedToken); }

  // The bytes between the quotes of the string at `token`. The scan has seen its end, and only white space stands
  // between that and the next token.
  std::string_view raw_string(Token token) const {
    const char* const begin = base_ + *token + 1;
    const char* close = base_ + token[1] - 1;
    while (*close != '"') --close;
    return {begin, static_cast<std::size_t>(close - begin)};
  }

  Token string(Token token, std::string_view& out) {
    out = raw_string(token);
    return has_escape(out) ? unescape(token, out) : token + 1;
  }

  bool may_have_escapes() const { return may_have_escapes_; }
  bool has_escape(std::string_view raw) const {
    return may_have_escapes_ && std::memchr(raw.data(), '\\', raw.size()) != nullptr;
  }

  Token unescape(Token token, std::string_view& out) {
    char* end = scanner_.unescape(text(token), arena_);
    if (end == nullptr) {
      end = unescape_with_halves(raw_string(token), arena_);
      if (end == nullptr) return fail(token, Syntax::kBadEscape);
      has_halves_ = true;
    }
    out = {arena_, static_cast<std::size_t>(end - arena_)};
    arena_ = end;
    return token + 1;
  }

  // Whether a string of this document had half of a surrogate pair in it: surrogates.h.
  bool has_halves() const { return has_halves_; }

  // Almost every number of an order: at most nine digits, and at most nine behind a point. nullptr, which is no
  // failure: it is none of these.
  Token short_number(Token token, core::Decimal& out) const {
    static constexpr std::uint64_t kScales[] = {1'000'000'000, 100'000'000, 10'000'000, 1'000'000, 100'000,
                                                10'000,        1'000,       100,        10,        1};
    const char* p = text(token);
    const char* const begin = p;
    std::uint64_t scaled = 0;
    unsigned digit = 0;
    while ((digit = static_cast<unsigned char>(*p) - unsigned{'0'}) < 10) {
      scaled = scaled * 10 + digit;
      ++p;
    }
    const auto integer_digits = p - begin;
    if (integer_digits == 0 || integer_digits > 9 || (integer_digits > 1 && *begin == '0')) return nullptr;
    std::ptrdiff_t fraction_digits = 0;
    if (*p == '.') {
      const char* const fraction = ++p;
      while ((digit = static_cast<unsigned char>(*p) - unsigned{'0'}) < 10) {
        scaled = scaled * 10 + digit;
        ++p;
      }
      fraction_digits = p - fraction;
      if (fraction_digits == 0 || fraction_digits > 9) return nullptr;
    }
    if (!ends_scalar(*p)) return nullptr;
    out = core::Decimal::from_scaled(static_cast<std::int64_t>(scaled * kScales[fraction_digits]));
    return token + 1;
  }

  Token number(Token token, core::ParsedNumber& out) {
    const char* const begin = text(token);
    core::parse_number_prefix(begin, out);
    if (out.status == core::NumberStatus::kNotANumber || !ends_scalar(begin[out.length]))
      return fail(token, Syntax::kBadScalar);
    return token + 1;
  }

  // Any value that is not needed, checking all of it.
  Token skip_value(Token token) {
    const char first = at(token);
    if (first == '"' && !may_have_escapes_) return token + 1;
    return first == '{' || first == '[' ? skip_container(token) : skip_scalar(token);
  }

  // Containers within each other, counted across wanted and skipped ones.
  Token enter(Token token) { return ++depth_ <= max_depth_ ? token + 1 : fail(token, Syntax::kTooDeep); }
  Token leave(Token token) {
    --depth_;
    return token + 1;
  }

 private:
  static bool ends_scalar(char c) {
    return c == ',' || c == '}' || c == ']' || c == ' ' || c == '\n' || c == '\r' || c == '\t';
  }

  Token literal(Token token, std::string_view word) {
    const char* const begin = text(token);
    if (std::memcmp(begin, word.data(), word.size()) != 0 || !ends_scalar(begin[word.size()]))
      return fail(token, Syntax::kBadScalar);
    return token + 1;
  }

  Token skip_scalar(Token token) {
    switch (at(token)) {
      case '"': {
        std::string_view ignored;
        char* const arena = arena_;
        const Token next = string(token, ignored);
        arena_ = arena;
        return next;
      }
      case 't': return literal(token, "true");
      case 'f': return literal(token, "false");
      case 'n': return literal(token, "null");
      case '-':
      case '0':
      case '1':
      case '2':
      case '3':
      case '4':
      case '5':
      case '6':
      case '7':
      case '8':
      case '9': {
        core::ParsedNumber ignored;
        return number(token, ignored);
      }
      case ',':
      case ':':
      case ']':
      case '}': return fail(token, Syntax::kUnexpectedToken);
      default: return fail(token, Syntax::kBadScalar);
    }
  }

  // Iterative, so that no message decides how much of the call stack is used.
  Token skip_container(Token token) {
    const int outer_depth = depth_;
    bool is_object = false;
    for (;;) {
      // Here stands a value: a container is entered, a scalar stepped over.
      if (const char c = at(token); c == '{' || c == '[') {
        is_object = c == '{';
        if ((token = enter(token)) == nullptr) return nullptr;
        remember_kind(is_object);
        if (at(token) != (is_object ? '}' : ']')) {
          if (is_object && (token = skip_name(token)) == nullptr) return nullptr;
          continue;
        }
      } else if ((token = skip_scalar(token)) == nullptr) {
        return nullptr;
      }
      // A value has ended, or an empty container is about to: close what ends here, up to the next value.
      for (;;) {
        if (depth_ == outer_depth) return token;
        if (at(token) == ',') {
          ++token;
          if (is_object && (token = skip_name(token)) == nullptr) return nullptr;
          break;
        }
        if (at(token) != (is_object ? '}' : ']')) return fail(token, Syntax::kUnexpectedToken);
        token = leave(token);
        is_object = depth_ > outer_depth && kind();
      }
    }
  }

  Token skip_name(Token token) {
    if (at(token) != '"') return fail(token, Syntax::kUnexpectedToken);
    token = skip_scalar(token);
    return token == nullptr ? nullptr : expect(token, ':');
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
  const int max_depth_;
  const char* base_ = nullptr;
  std::uint32_t end_ = 0;
  bool may_have_escapes_ = false;
  bool has_halves_ = false;
  char* arena_ = nullptr;
  int depth_ = 0;
  Token failed_at_ = nullptr;
  Syntax syntax_ = Syntax::kUnexpectedToken;
  std::uint64_t kinds_[kMaxLevels / 64 + 1] = {};
};

}  // namespace salestream::decode
