// SPDX-License-Identifier: Apache-2.0
// Rows of Cassandra as they are read: what another program wrote is an error that names the cluster. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "core/definition.h"
#include "store/store.h"
#include "store_cassandra/client.h"
#include "store_cassandra/columns.h"

namespace salestream::store::cassandra {

// The types of a totals table's columns, in their order: CQL's, and decimal(N) for one that gets at least N fraction
// digits.
std::vector<std::string> column_types(const core::TotalsTable& table);

// Something else stands where `expected` belongs.
base::Error changed_by_hand(const Client& client, std::string_view expected);

// An offset or a version, of which this is one, is a sum of what partitions say of themselves; fits() was false.
base::Error beyond_timestamps(const Client& client, std::int64_t offset);

template <typename From, typename Into>
base::Status read_columns(const Columns<From, Into>& columns, ValueReader& row, const Client& client, Into& into) {
  if (const Expected expected = columns.read(row, into)) return changed_by_hand(client, expected);
  return {};
}

// For who looks at all there is: what can't be read is no error.
template <typename From, typename Into>
std::optional<Unreadable> read_all_columns(const Columns<From, Into>& columns, ValueReader& row, Into& into) {
  std::optional<Unreadable> unreadable;
  columns.read_all(row, into, [&](const std::string& column, Expected expected) {
    unreadable = {column, "not " + std::string(expected)};
  });
  return unreadable;
}

// Calls `each` with each row that a statement gives, of which these are all columns.
template <typename From, typename Into, typename Each>
base::Status scan_rows(Client& client, Statement statement, const BoundRows& bound, const Columns<From, Into>& columns,
                       const Each& each) {
  return client.scan(statement, bound, [&](const Answer& page) -> base::Status {
    for (ValueReader values(page.values); !values.at_end();) {
      Into row{};
      SALESTREAM_TRY(read_columns(columns, values, client, row));
      each(std::move(row));
    }
    return {};
  });
}

// reject_columns().values; whether only the beginning of the message is kept is a value then, and no part of the
// detail.
base::Status read_reject(ValueReader& row, const Client& client, core::Reject& into);

}  // namespace salestream::store::cassandra
