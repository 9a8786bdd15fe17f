// SPDX-License-Identifier: Apache-2.0
#include "store/unreadable_row.h"

#include <vector>

#include "base/logging.h"
#include "store/sql_text.h"

namespace salestream::store {

std::string unreadable_row_text(const core::TotalsTable& table, std::string_view key, const Unreadable& what) {
  std::vector<std::string> values;
  for (const std::string& value : core::split_key(key, table.by.size()))
    values.push_back('"' + base::printable(value, 100) + '"');
  return "a row of table " + table.name + " can't be read: that of " + joined(values, ", ") + " holds " + what.found +
         " in its column " + what.column +
         ", so it was written by something other than this salestream. `salestream audit PIPELINE --repair` writes it "
         "again, from its cells";
}

base::Status check_readable(const core::TotalsTable& table, std::span<const StoredTotals> rows) {
  for (const StoredTotals& row : rows)
    if (row.unreadable) return base::failure(unreadable_row_text(table, row.key, *row.unreadable));
  return {};
}

}  // namespace salestream::store
