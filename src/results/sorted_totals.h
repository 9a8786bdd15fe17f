// SPDX-License-Identifier: Apache-2.0
// All rows of a totals table in the order in which they are shown, however many there are: what memory has no room for
// is sorted in temporary files. One thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/external_sorter.h"
#include "base/result.h"
#include "core/cell.h"
#include "core/definition.h"
#include "store/store.h"

namespace salestream::results {

class SortedTotals {
 public:
  // `table` outlives it.
  SortedTotals(const core::TotalsTable& table, std::size_t memory_bytes)
      : table_(table), first_(table.first_measure()), sorter_(memory_bytes) {}

  // `inspection` is of `store`.
  base::Status read(const store::Store& store, store::Inspection& inspection, store::TableIndex index);
  std::int64_t all_rows() const { return sorter_.records(); }
  bool has_spilled() const { return sorter_.has_spilled(); }

  // At the first row, also when others were read before.
  base::Status begin_reading() { return sorter_.begin_reading(); }
  // By the table's first measure, greatest first, then by key. False: there are no more.
  base::Result<bool> next(core::TotalsRow& row);

 private:
  const core::TotalsTable& table_;
  const core::Measure first_;
  base::ExternalSorter sorter_;
};

}  // namespace salestream::results
