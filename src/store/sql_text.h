// SPDX-License-Identifier: Apache-2.0
// What SQL and CQL statements, and the tables behind a totals table, have in common. Pure functions.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/definition.h"

namespace salestream::store {

inline constexpr std::string_view kCellsEnding = "_cells";

// The table of the parts that the rows of this one are sums of.
inline std::string cells_name(const core::TotalsTable& table) { return table.name + std::string(kCellsEnding); }

// The names of a table's dimension columns, in the order of `by`.
std::vector<std::string> dimension_columns(const core::TotalsTable& table);

// A name that a store can't have, by its place in the pipeline file; empty: that is not known.
base::Error refused_name(const std::string& place, const std::string& why);
// The first column of the table's key whose name `is_taken`; nullptr: none.
const core::Column* find_key_column(const core::TotalsTable& table,
                                    const std::function<bool(const std::string&)>& is_taken);

std::string joined(const std::vector<std::string>& parts, std::string_view between);

std::string placeholders(std::size_t count);  // "?, ?, ?"

// "a = ? AND b = ?", of names as the statement has them.
std::string equalities(const std::vector<std::string>& names, std::string_view between = " AND ");

}  // namespace salestream::store
