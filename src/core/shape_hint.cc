// SPDX-License-Identifier: Apache-2.0
#include "core/shape_hint.h"

#include <algorithm>
#include <utility>

namespace salestream::core {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kWhiteSpace = " \t\r\n";

// Half of the bytes of a text in UTF-16 are zero, where it is mostly ASCII.
bool is_utf16(std::string_view text) {
  if (text.starts_with("\xff\xfe"sv) || text.starts_with("\xfe\xff"sv)) return true;
  const std::string_view start = text.substr(0, 64);
  return start.size() >= 4 && 3 * static_cast<std::size_t>(std::count(start.begin(), start.end(), '\0')) > start.size();
}

// Brackets that are open at the end of the text, not counting those in strings.
int open_brackets(std::string_view text) {
  int open = 0;
  bool is_in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_in_string && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      is_in_string = !is_in_string;
    } else if (!is_in_string) {
      if (text[i] == '{' || text[i] == '[') ++open;
      if (text[i] == '}' || text[i] == ']') --open;
    }
  }
  return open;
}

}  // namespace

std::string_view shape_hint(std::string_view beginning) {
  constexpr std::pair<std::string_view, std::string_view> kMagic[] = {
      {"\x1f\x8b"sv, "It looks like a file packed by gzip: `zcat FILE | salestream run PIPELINE --input -` reads it"},
      {"\x28\xb5\x2f\xfd"sv,
       "It looks like a file packed by zstd: `zstdcat FILE | salestream run PIPELINE --input -` reads it"},
      {"PK\x03\x04"sv, "It looks like a ZIP file: `unzip -p FILE | salestream run PIPELINE --input -` reads it"},
      {"\xef\xbb\xbf"sv,
       "It begins with a byte order mark, which JSON does not have: `tail -c +4 FILE | salestream run PIPELINE --input "
       "-` reads what stands behind it"},
  };
  beginning = beginning.substr(0, kShapeBytes);
  for (const auto& [magic, hint] : kMagic)
    if (beginning.starts_with(magic)) return hint;
  if (is_utf16(beginning))
    return "It looks like UTF-16: `iconv -f UTF-16 -t UTF-8 FILE | salestream run PIPELINE --input -` reads it";
  const std::size_t first = beginning.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return {};
  const std::string_view text = beginning.substr(first);
  // Of one line of an array that goes over many, only the bracket is known.
  if (text.front() == '[')
    return "It looks like one JSON array of orders: `jq -c '.[]' FILE | salestream run PIPELINE --input -` reads an "
           "order from each of its elements";
  if (text.front() == '{' && beginning.size() < kShapeBytes && open_brackets(text) > 0)
    return "It looks like an order that goes over several lines: `jq -c . FILE | salestream run PIPELINE --input -` "
           "makes a line of each";
  return {};
}

}  // namespace salestream::core
