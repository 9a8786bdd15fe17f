// SPDX-License-Identifier: Apache-2.0
#include "core/json_text.h"

#include <algorithm>

namespace salestream::core {
namespace {

// Of a string: behind its closing quote; text.size() + 1 without one.
std::size_t end_of_string(std::string_view text) {
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == '"')
      return at + 1;
  }
  return text.size() + 1;
}

ValueEnd end_of_container(std::string_view text) {
  std::size_t depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    switch (text[at]) {
      case '{':
      case '[': ++depth; break;
      case '}':
      case ']':
        if (--depth == 0) return {at + 1, {}};
        break;
      case '"':
        at += end_of_string(text.substr(at)) - 1;
        if (at >= text.size()) return {text.size(), Unfinished::kInString};
        break;
      default: break;
    }
  }
  return {text.size(), Unfinished::kBetweenTokens};
}

}  // namespace

std::string_view without_space_before(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kJsonSpace), text.size()));
  return text;
}

std::string_view without_space_around(std::string_view text) {
  text = without_space_before(text);
  return text.substr(0, text.find_last_not_of(kJsonSpace) + 1);
}

std::size_t count_outside_quotes(std::string_view line, char separator) {
  std::size_t count = 0;
  bool is_quoted = false;
  for (const char c : line) {
    if (c == '"') is_quoted = !is_quoted;
    if (c == separator && !is_quoted) ++count;
  }
  return count;
}

ValueEnd end_of_value(std::string_view text) {
  if (text.empty()) return {0, Unfinished::kBetweenTokens};
  if (text.front() == '{' || text.front() == '[') return end_of_container(text);
  if (text.front() != '"') return {std::min(text.find_first_of(",:{}[]\" \t\r\n"), text.size()), {}};
  const std::size_t end = end_of_string(text);
  if (end > text.size()) return {text.size(), Unfinished::kInString};
  return {end, {}};
}

bool Members::next() {
  rest_ = without_space_before(rest_);
  if (rest_.starts_with(',')) rest_ = without_space_before(rest_.substr(1));
  if (!rest_.starts_with('"')) return false;
  const std::size_t name_end = end_of_string(rest_);
  if (name_end > rest_.size()) return false;
  name_ = rest_.substr(1, name_end - 2);
  rest_ = without_space_before(rest_.substr(name_end));
  if (!rest_.starts_with(':')) return false;
  rest_ = without_space_before(rest_.substr(1));
  value_ = rest_.substr(0, end_of_value(rest_).size);
  rest_.remove_prefix(value_.size());
  return !value_.empty();
}

}  // namespace salestream::core
