// SPDX-License-Identifier: Apache-2.0
// What a cell or a totals row adds up to. Values; any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "audit/amount.h"
#include "base/result.h"
#include "core/cell.h"
#include "core/message.h"
#include "store/store.h"

namespace salestream::audit {

struct Sums {
  Billionths revenue = 0;
  Billionths units = 0;
  std::int64_t orders = 0;

  friend bool operator==(const Sums&, const Sums&) = default;
};
Sums sums_of(const core::Measures& measures);
// False: it does not fit.
bool add_to(Sums& sum, const Sums& more);

// A totals row as it must be, the sum of its cells; `is_there`: there must be one.
struct ExpectedRow {
  Sums sums;
  bool is_there = false;
  bool fits = true;
  bool is_known = true;  // otherwise a cell can't be read, and no number of a row is wrong

  void add(const Sums& more) {
    is_there = true;
    fits = add_to(sums, more) && fits;
  }
  void add_unknown() {
    is_there = true;
    is_known = false;
  }
  void add(const store::StoredCell& cell) {
    if (cell.unreadable)
      add_unknown();
    else
      add(sums_of(cell.cell.measures));
  }
};

// For who reads that it does not fit; the message is the one with which it did not.
base::Error does_not_fit(core::PartitionId partition, core::Offset offset, std::string_view key);

}  // namespace salestream::audit
