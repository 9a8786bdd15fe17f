// SPDX-License-Identifier: Apache-2.0
#include "audit/json.h"

#include <algorithm>
#include <cstring>

#include "audit/amount.h"
#include "base/utf8.h"

namespace salestream::audit {
namespace {

bool is_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    // Eight bytes of ASCII at a time: nearly all of a message.
    std::uint64_t eight = 0;
    if (text.size() - at >= sizeof eight) {
      std::memcpy(&eight, text.data() + at, sizeof eight);
      if ((eight & 0x8080808080808080) == 0) {
        at += sizeof eight;
        continue;
      }
    }
    const std::size_t length = base::utf8_sequence_length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Whether every quote has its partner and no string has a control character: all that is still asked of a document
// that is too deep to be read.
bool has_whole_strings(std::string_view text) {
  bool is_inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      is_inside = !is_inside;
    } else if (is_inside && static_cast<unsigned char>(text[i]) < 0x20) {
      return false;
    }
  }
  return !is_inside;
}

// How many of the next bytes a string simply has: no quote, no backslash, no control character. Eight at a time
// while there can be no doubt, then one by one.
std::size_t plain_bytes(std::string_view text, std::size_t at) {
  constexpr std::uint64_t kEach = 0x0101010101010101, kTop = 0x8080808080808080;
  const auto has_zero = [](std::uint64_t x) { return ((x - kEach) & ~x & kTop) != 0; };
  const std::size_t begin = at;
  std::uint64_t eight = 0;
  for (; text.size() - at >= sizeof eight; at += sizeof eight) {
    std::memcpy(&eight, text.data() + at, sizeof eight);
    const bool has_control = ((eight - kEach * 0x20) & ~eight & kTop) != 0;
    if (has_control || has_zero(eight ^ kEach * '"') || has_zero(eight ^ kEach * '\\')) break;
  }
  while (at < text.size() && text[at] != '"' && text[at] != '\\' && static_cast<unsigned char>(text[at]) >= 0x20) ++at;
  return at - begin;
}

void append_utf8(std::string& out, unsigned code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

}  // namespace

void JsonReader::give_back_memory() {
  if (values_.capacity() > kUsualValues) values_ = std::vector<JsonValue>();
  if (unescaped_.capacity() > kUsualBytes) std::string().swap(unescaped_);
}

// Two million values of a long message take 48 MB, and three times as much while a vector grows there. So room for as
// many as there can be is made at once, and given back.
void JsonReader::make_room(std::string_view text) {
  give_back_memory();
  values_.clear();
  unescaped_.clear();
  if (text.size() <= kUsualBytes) return;
  // Before each value but the first stands one of these.
  const auto begins = std::count_if(text.begin(), text.end(), [](char c) { return c == ',' || c == '[' || c == '{'; });
  // Those within strings are none, and a value with what separates it has two bytes at least.
  values_.reserve(std::min(static_cast<std::size_t>(begins) + 1, text.size() / 2 + 1));
}

JsonFault JsonReader::read(std::string_view text) {
  if (text.size() >= kUnescaped) return JsonFault::kInvalidJson;
  make_room(text);
  text_ = text;
  at_ = 0;
  is_too_deep_ = false;
  if (!is_utf8(text)) return JsonFault::kInvalidUtf8;
  skip_space();
  if (at_ == text_.size()) return JsonFault::kEmpty;
  // Without its escapes no string is longer than with them.
  if (unescaped_.capacity() < text.size() && text.find('\\') != std::string_view::npos) unescaped_.reserve(text.size());
  bool is_good = read_value(0, {});
  if (is_good) {
    skip_space();
    is_good = at_ == text_.size();
  }
  if (is_good) return JsonFault::kNone;
  return is_too_deep_ && has_whole_strings(text) ? JsonFault::kTooDeep : JsonFault::kInvalidJson;
}

bool JsonReader::read_value(int depth, JsonText name) {
  if (at_ == text_.size()) return false;
  const std::size_t place = values_.size();
  values_.push_back({name, {}, static_cast<std::uint32_t>(place + 1), JsonKind::kNull});
  switch (text_[at_]) {
    case '{':
    case '[': {
      if (depth == kMostDeep) {
        is_too_deep_ = true;
        return false;
      }
      const bool is_object = text_[at_++] == '{';
      values_[place].kind = is_object ? JsonKind::kObject : JsonKind::kArray;
      return is_object ? read_members(depth + 1, place) : read_elements(depth + 1, place);
    }
    case '"': {
      values_[place].kind = JsonKind::kString;
      return read_string(values_[place].text);
    }
    case 't':
    case 'f': {
      const std::string_view word = text_[at_] == 't' ? "true" : "false";
      values_[place].kind = JsonKind::kBoolean;
      values_[place].text = {static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(word.size())};
      return read_word(word);
    }
    case 'n': return read_word("null");
    default:
      values_[place].kind = JsonKind::kNumber;
      values_[place].text = number_text();
      return is_json_number(view(values_[place].text));
  }
}

bool JsonReader::read_members(int depth, std::size_t object) {
  skip_space();
  if (take('}')) return true;
  for (;;) {
    JsonText name;
    if (!read_string(name)) return false;
    skip_space();
    if (!take(':')) return false;
    skip_space();
    if (!read_value(depth, name)) return false;
    skip_space();
    if (take('}')) break;
    if (!take(',')) return false;
    skip_space();
  }
  values_[object].end = static_cast<std::uint32_t>(values_.size());
  return true;
}

bool JsonReader::read_elements(int depth, std::size_t array) {
  skip_space();
  if (take(']')) return true;
  for (;;) {
    if (!read_value(depth, {})) return false;
    skip_space();
    if (take(']')) break;
    if (!take(',')) return false;
    skip_space();
  }
  values_[array].end = static_cast<std::uint32_t>(values_.size());
  return true;
}

bool JsonReader::read_string(JsonText& out) {
  if (!take('"')) return false;
  const std::size_t begin = at_;
  at_ += plain_bytes(text_, at_);
  if (take('"')) {
    out = {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at_ - 1 - begin)};
    return true;
  }
  const std::size_t unescaped_begin = unescaped_.size();
  unescaped_.append(text_.substr(begin, at_ - begin));
  while (take('\\')) {
    if (!read_escape()) return false;
    const std::size_t plain = at_;
    at_ += plain_bytes(text_, at_);
    unescaped_.append(text_.substr(plain, at_ - plain));
  }
  if (!take('"')) return false;
  out = {static_cast<std::uint32_t>(unescaped_begin) | kUnescaped,
         static_cast<std::uint32_t>(unescaped_.size() - unescaped_begin)};
  return true;
}

// Behind the backslash.
bool JsonReader::read_escape() {
  if (at_ == text_.size()) return false;
  switch (text_[at_++]) {
    case '"': unescaped_ += '"'; return true;
    case '\\': unescaped_ += '\\'; return true;
    case '/': unescaped_ += '/'; return true;
    case 'b': unescaped_ += '\b'; return true;
    case 'f': unescaped_ += '\f'; return true;
    case 'n': unescaped_ += '\n'; return true;
    case 'r': unescaped_ += '\r'; return true;
    case 't': unescaped_ += '\t'; return true;
    case 'u': break;
    default: return false;
  }
  unsigned code = 0;
  if (!read_hex(code)) return false;
  if (code >= 0xD800 && code < 0xDC00 && is_low_half_next()) {
    unsigned low = 0;
    at_ += 2;
    if (!read_hex(low)) return false;
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  append_utf8(unescaped_, code);
  return true;
}

// Without its other half a surrogate stays alone, and what stands behind it is read by itself.
bool JsonReader::is_low_half_next() const {
  const std::string_view next = text_.substr(at_, 4);
  return next.size() == 4 && next.starts_with("\\u") && (next[2] == 'd' || next[2] == 'D') &&
         std::string_view("cdefCDEF").find(next[3]) != std::string_view::npos;
}

bool JsonReader::read_hex(unsigned& out) {
  out = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    if (at_ == text_.size()) return false;
    const char c = text_[at_];
    if (c >= '0' && c <= '9')
      out = out * 16 + static_cast<unsigned>(c - '0');
    else if (c >= 'a' && c <= 'f')
      out = out * 16 + static_cast<unsigned>(c - 'a' + 10);
    else if (c >= 'A' && c <= 'F')
      out = out * 16 + static_cast<unsigned>(c - 'A' + 10);
    else
      return false;
  }
  return true;
}

bool JsonReader::read_word(std::string_view word) {
  if (text_.substr(at_, word.size()) != word) return false;
  at_ += word.size();
  return true;
}

// Everything that could belong to a number; whether it is one, the grammar says.
JsonText JsonReader::number_text() {
  const std::size_t begin = at_;
  while (at_ < text_.size() && ((text_[at_] >= '0' && text_[at_] <= '9') || text_[at_] == '-' || text_[at_] == '+' ||
                                text_[at_] == '.' || text_[at_] == 'e' || text_[at_] == 'E'))
    ++at_;
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at_ - begin)};
}

void JsonReader::skip_space() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
}

bool JsonReader::take(char c) {
  if (at_ == text_.size() || text_[at_] != c) return false;
  ++at_;
  return true;
}

}  // namespace salestream::audit
