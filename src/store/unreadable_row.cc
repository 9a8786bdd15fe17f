// SPDX-License-Identifier: Apache-2.0
#include "store/unreadable_row.h"

#include <vector>

#include "base/logging.h"
#include "store/sql_text.h"

namespace salestream::store {

std::string unreadable_row_text(const core::TotalsTable& table, std::string_view key, const Unreadable& what,
                                Engine engine) {
  std::vector<std::string> values;
  for (const std::string& value : core::split_key(key, table.by.size()))
    values.push_back('"' + base::printable(value, 100) + '"');
  // Spark keeps no cells, and its next row may lose against what has a later write timestamp.
  const std::string mending = engine == Engine::kSpark
                                  ? "Spark. `salestream reset PIPELINE` and another `salestream spark submit` count "
                                    "all of it again"
                                  : "this salestream. `salestream audit PIPELINE --repair` writes it again, from its "
                                    "cells";
  return "a row of table " + table.name + " can't be read: that of " + joined(values, ", ") + " holds " + what.found +
         " in its column " + what.column + ", so it was written by something other than " + mending;
}

base::Status check_readable(const Store& store, const core::TotalsTable& table, std::span<const StoredTotals> rows) {
  for (const StoredTotals& row : rows)
    if (row.unreadable)
      return base::failure(store.where() + ": " + unreadable_row_text(table, row.key, *row.unreadable, store.engine()));
  return {};
}

}  // namespace salestream::store
