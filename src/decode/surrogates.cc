// SPDX-License-Identifier: Apache-2.0
#include "decode/surrogates.h"

#include <charconv>

namespace salestream::decode {
namespace {

// Four hexadecimal digits, without a sign.
bool take_code(std::string_view& rest, std::uint32_t& code) {
  if (rest.size() < 4) return false;
  const char* const end = rest.data() + 4;
  if (std::from_chars(rest.data(), end, code, 16).ptr != end || rest.front() == '-') return false;
  rest.remove_prefix(4);
  return true;
}

bool is_high(std::uint32_t code) { return code >= 0xD800 && code < 0xDC00; }
bool is_low(std::uint32_t code) { return code >= 0xDC00 && code < 0xE000; }

char* put(std::uint32_t code, char* to) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) {
    *to++ = static_cast<char>(code);
    return to;
  }
  if (code < 0x800) {
    *to++ = static_cast<char>(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      *to++ = static_cast<char>(0xE0 | code >> 12);
    } else {
      *to++ = static_cast<char>(0xF0 | code >> 18);
      *to++ = tail(12);
    }
    *to++ = tail(6);
  }
  *to++ = tail(0);
  return to;
}

// Behind `\u`. Of a pair both halves.
char* put_code(std::string_view& rest, char* to) {
  std::uint32_t code = 0;
  if (!take_code(rest, code)) return nullptr;
  std::string_view behind = rest;
  std::uint32_t low = 0;
  if (is_high(code) && behind.starts_with("\\u")) {
    behind.remove_prefix(2);
    if (take_code(behind, low) && is_low(low)) {
      rest = behind;
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
  }
  return put(code, to);
}

}  // namespace

char* unescape_with_halves(std::string_view raw, char* to) {
  constexpr std::string_view kNames = "\"\\/bfnrt", kCharacters = "\"\\/\b\f\n\r\t";
  while (!raw.empty()) {
    const char c = raw.front();
    raw.remove_prefix(1);
    if (c != '\\') {
      *to++ = c;
      continue;
    }
    if (raw.empty()) return nullptr;
    const char name = raw.front();
    raw.remove_prefix(1);
    if (name == 'u') {
      if ((to = put_code(raw, to)) == nullptr) return nullptr;
    } else if (const std::size_t at = kNames.find(name); at != std::string_view::npos) {
      *to++ = kCharacters[at];
    } else {
      return nullptr;
    }
  }
  return to;
}

std::optional<std::uint16_t> find_half(std::string_view text) {
  for (std::size_t at = 0; (at = text.find('\xED', at)) != std::string_view::npos; ++at) {
    if (text.size() - at < 3 || static_cast<unsigned char>(text[at + 1]) < 0xA0) continue;
    return static_cast<std::uint16_t>(0xD000 | (text[at + 1] & 0x3F) << 6 | (text[at + 2] & 0x3F));
  }
  return std::nullopt;
}

}  // namespace salestream::decode
