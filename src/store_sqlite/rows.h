// SPDX-License-Identifier: Apache-2.0
// Keys, totals, rejected messages and progress as rows of SQLite, both ways. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/cell.h"
#include "core/definition.h"
#include "store/store.h"
#include "store_sqlite/columns.h"
#include "store_sqlite/handles.h"
#include "store_sqlite/values.h"

namespace salestream::store::sqlite {

// The values of a row key, which has so many dimensions.
void bind_key(RowBinder& row, std::string_view key, std::size_t dimensions);
std::string key_of(RowReader& row, std::size_t dimensions);

// A person wrote something else where `expected` belongs.
base::Error changed_by_hand(const std::string& file, std::string_view found, std::string_view expected);

// A value for messages.
std::string found_text(std::string_view found);

template <typename From, typename Into>
base::Status read_columns(const Columns<From, Into>& columns, RowReader& row, const std::string& file, Into& into) {
  if (const Expected expected = columns.read(row, into)) return changed_by_hand(file, row.last_text(), expected);
  return {};
}

// For who looks at all there is: what can't be read is no error.
template <typename From, typename Into>
std::optional<Unreadable> read_all_columns(const Columns<From, Into>& columns, RowReader& row, Into& into) {
  std::optional<Unreadable> unreadable;
  columns.read_all(row, into, [&](const std::string& column, Expected) {
    unreadable = {column, found_text(row.last_text())};
  });
  return unreadable;
}

// The columns of reject_columns from `partition` on.
base::Result<core::Reject> reject_of(const Statement& row, const std::string& file);

// Of all partitions, in their order.
base::Result<std::vector<core::PartitionProgress>> read_progress(Database& database);

}  // namespace salestream::store::sqlite
