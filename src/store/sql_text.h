// SPDX-License-Identifier: Apache-2.0
// What SQL and CQL statements, and the tables behind a totals table, have in common. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/definition.h"

namespace salestream::store {

inline constexpr std::string_view kCellsEnding = "_cells";

// The table of the parts that the rows of this one are sums of.
inline std::string cells_name(const core::TotalsTable& table) { return table.name + std::string(kCellsEnding); }

// The names of a table's dimension columns, in the order of `by`.
std::vector<std::string> dimension_columns(const core::TotalsTable& table);

std::string joined(const std::vector<std::string>& parts, std::string_view between);

std::string placeholders(std::size_t count);  // "?, ?, ?"

// "a = ? AND b = ?", of names as the statement has them.
std::string equalities(const std::vector<std::string>& names, std::string_view between = " AND ");

}  // namespace salestream::store
