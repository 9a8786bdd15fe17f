// SPDX-License-Identifier: Apache-2.0
// The words by which fields are told: English, Portuguese and some Spanish. Squashed, as names.h says, with a space
// between each two. Pure; any thread.
#pragma once

#include <optional>
#include <string_view>

#include "sample/names.h"

namespace salestream::sample {

struct Vocabulary {
  std::string_view names;      // the best first
  std::string_view forbidden;  // words that make another thing of a name
  std::string_view parents;    // names of objects that what stands in them may be named after
  bool takes_parts = true;     // a name with the right word behind or before others
};
Vocabulary vocabulary(Role role);

// Of objects whose name says no more than that of what stands in them.
std::string_view neutral_names();

// The place of a word among others; nothing: it is none of them.
std::optional<int> place_in(std::string_view words, std::string_view word);

}  // namespace salestream::sample
