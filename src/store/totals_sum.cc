// SPDX-License-Identifier: Apache-2.0
#include "store/totals_sum.h"

namespace salestream::store {

base::Status add_cell(core::TotalsRow& row, const core::Cell& cell) {
  const auto sum = core::add(row.measures, cell.measures);
  if (!sum || __builtin_add_overflow(row.version, cell.applied_through, &row.version) ||
      __builtin_add_overflow(row.version, 1, &row.version))
    return base::failure("the total of '" + row.key + "' has become too large to be kept exactly");
  row.measures = *sum;
  return {};
}

}  // namespace salestream::store
