// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/rows.h"

#include <utility>

#include "store/reject_text.h"
#include "store/total_text.h"
#include "store_cassandra/key_columns.h"

namespace salestream::store::cassandra {

std::vector<std::string> column_types(const core::TotalsTable& table) {
  std::vector<std::string> types;
  for (const core::Column& column : table.columns) {
    const auto* measure = std::get_if<core::Measure>(&column.shows);
    if (measure == nullptr)
      types.emplace_back(key_type(std::get<core::Dimension>(column.shows)));
    else if (*measure == core::Measure::kOrders)
      types.emplace_back("bigint");
    else
      types.push_back(
          "decimal(" +
          std::to_string(*measure == core::Measure::kRevenue ? kRevenueFractionDigits : kUnitsFractionDigits) + ")");
  }
  return types;
}

base::Error changed_by_hand(const Client& client, std::string_view expected) {
  return client.failure("holds something else where " + std::string(expected) +
                        " belongs, so it was written by something other than this salestream. Put a good copy back");
}

base::Error beyond_timestamps(const Client& client, std::int64_t offset) {
  return client.failure("an offset of " + std::to_string(offset) + " is beyond what its write timestamps can hold");
}

base::Status read_reject(ValueReader& row, const Client& client, core::Reject& into) {
  Stored<core::Reject> stored;
  SALESTREAM_TRY(read_columns(reject_columns().values, row, client, stored));
  stored.row.partition = into.partition;
  stored.row.offset = into.offset;
  take_note(stored.row);
  into = std::move(stored.row);
  return {};
}

}  // namespace salestream::store::cassandra
