// SPDX-License-Identifier: Apache-2.0
// The value of an expression of the pipeline file, worked out by the audit: written from docs/expressions.md, without a
// line of what `run` works it out with. The syntax tree is the same: what an expression says is its text, and that is
// read once. Plain recursion and copies. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "audit/amount.h"
#include "expression/syntax.h"

namespace salestream::audit {

struct Day {
  std::int32_t since_1970 = 0;
  friend bool operator==(const Day&, const Day&) = default;
};

// What is first of these is NULL.
using PlainValue = std::variant<std::monostate, std::string, Billionths, bool, Day>;

// `row` has a value for each field that the tree was read with, of the field's type or NULL. Nothing: a number on the
// way is beyond kMostOfAnOrder.
std::optional<PlainValue> value_of(const expression::Tree& tree, const std::vector<PlainValue>& row);

}  // namespace salestream::audit
