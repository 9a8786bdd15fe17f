// SPDX-License-Identifier: Apache-2.0
#include "base/nearest_word.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace salestream::base {
namespace {

// Optimal string alignment.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> at(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        at[i][j] = i + j;
        continue;
      }
      at[i][j] = std::min({at[i - 1][j] + 1, at[i][j - 1] + 1, at[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        at[i][j] = std::min(at[i][j], at[i - 2][j - 2] + 1);
    }
  return at[a.size()][b.size()];
}

}  // namespace

std::string_view nearest_word(std::string_view word, std::span<const std::string_view> words) {
  constexpr std::size_t kFar = 3;
  constexpr std::size_t kLongest = 64;
  if (word.size() > kLongest) return {};
  std::string_view nearest;
  std::size_t best = kFar;
  for (const std::string_view each : words) {
    const std::size_t found = distance(word, each);
    // Of a short word two letters are most of it.
    if (found >= best || found * 2 > each.size()) continue;
    best = found;
    nearest = each;
  }
  return nearest;
}

}  // namespace salestream::base
