// SPDX-License-Identifier: Apache-2.0
#include "expression/excerpt.h"

#include <algorithm>
#include <vector>

#include "base/utf8.h"

namespace salestream::expression {
namespace {

// In characters. Of a line that is longer than the first, as many as the others say.
constexpr std::size_t kShownWhole = 100;
constexpr std::size_t kShownBefore = 60;
constexpr std::size_t kShownBehind = 40;

std::size_t line_begin(std::string_view text, std::size_t offset) {
  const std::size_t before = text.substr(0, offset).rfind('\n');
  return before == std::string_view::npos ? 0 : before + 1;
}

// As they are shown: a tab is a space, so that the mark stands right.
std::vector<std::string> characters_of(std::string_view text) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = base::utf8_sequence_length(text, i);
    const std::string_view bytes = text.substr(i, std::max<std::size_t>(length, 1));
    if (bytes == "\t")
      all.emplace_back(" ");
    else
      all.emplace_back(length == 0 || base::is_control(base::code_point(bytes)) ? "?" : bytes);
    i += bytes.size();
  }
  return all;
}

}  // namespace

Place place_of(std::string_view text, std::size_t offset) {
  const std::size_t begin = line_begin(text, offset);
  const auto line_ends = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(begin), '\n');
  return {static_cast<std::size_t>(line_ends) + 1, characters_of(text.substr(begin, offset - begin)).size() + 1};
}

std::string excerpt_of(std::string_view text, std::size_t offset) {
  const std::size_t begin = line_begin(text, offset);
  std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
  if (line.ends_with('\r')) line.remove_suffix(1);
  const std::vector<std::string> all = characters_of(line);
  const std::size_t marked = characters_of(text.substr(begin, offset - begin)).size();

  const bool is_cut = all.size() > kShownWhole;
  const std::size_t first = is_cut && marked > kShownBefore ? marked - kShownBefore : 0;
  const std::size_t end = is_cut ? std::min(all.size(), marked + kShownBehind) : all.size();
  std::string shown = first > 0 ? "…" : "";
  for (std::size_t i = first; i < end; ++i) shown += all[i];
  if (end < all.size()) shown += "…";
  return shown + '\n' + std::string(marked - first + (first > 0 ? 1 : 0), ' ') + '^';
}

}  // namespace salestream::expression
