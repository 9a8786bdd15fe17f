// SPDX-License-Identifier: Apache-2.0
// The place of an error in a text, and the line with a mark under it. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace salestream::expression {

struct Place {
  std::size_t line = 1;    // from 1
  std::size_t column = 1;  // from 1, in characters
};

Place place_of(std::string_view text, std::size_t offset);

// Two lines, the second with ^ under the offset. Of a long line what is near; of what a terminal obeys, a `?`.
std::string excerpt_of(std::string_view text, std::size_t offset);

}  // namespace salestream::expression
