// SPDX-License-Identifier: Apache-2.0
// What the name of a field says of its meaning, in English and Portuguese (and some Spanish). Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/field.h"

namespace salestream::sample {

enum class Role : std::uint8_t {
  kItems,
  kProduct,
  kQuantity,
  kPrice,   // of one unit
  kAmount,  // of a line
  kId,
  kClient,
  kTime,
  kTotal,  // of an order
  kCurrency,
};

// The words of a name, in lower case and without accents: unitPrice, "Unit Price" and unit_price are unit and price,
// Preço is preco.
std::vector<std::string> words_of(std::string_view name);
// The same in one: "unitprice".
std::string squashed(std::string_view name);

// How far a name is from one that says just that, in points: 0 the best, beyond 100 nothing is taken. Nothing: it says
// something else. `shared_steps`: as many of its steps are not its own but those of where it was looked for, and say
// nothing of it.
std::optional<int> distance(Role role, const core::FieldPath& path, std::size_t shared_steps);

// Whether a name says that its number counts cents.
bool says_minor_units(std::string_view name);

}  // namespace salestream::sample
