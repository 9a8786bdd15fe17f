// SPDX-License-Identifier: Apache-2.0
// Every key of a pipeline file, in one table: the parser takes no key that is not in it, error texts take their words
// from it, and docs/pipeline-file.md is checked against it by a test. Constant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace salestream::config {

struct KnownKey {
  std::string_view section;        // the keys on the way to it, joined by dots; "" at the top
  std::string_view name;           // `<…>` stands for any name
  std::string_view meaning;        // what belongs there: "the name of the array with the line items"
  std::string_view default_value;  // as in the reference; "required", or "–" when there is simply none

  std::string path() const;  // "order.items"
};

inline constexpr std::string_view kTopLevel = "";

std::span<const KnownKey> known_keys();

// Nothing (nullptr) when the section has no such key. Keys of any name are found by theirs: "<column>".
const KnownKey* find_known_key(std::string_view section, std::string_view name);

bool takes_any_name(std::string_view section);

// For an unknown key: "did you mean 'price'?", or else "known here: id, client, …".
std::string suggestion(std::string_view section, std::string_view unknown);

// The key of the section that `name` is a likely slip of; empty when there is none.
std::string_view closest_key(std::string_view section, std::string_view name);

}  // namespace salestream::config
