// SPDX-License-Identifier: Apache-2.0
// A totals row as the sum of its cells. Pure; any thread.
#pragma once

#include "base/result.h"
#include "core/cell.h"

namespace salestream::store {

// Adds one more of its cells to a row that begins with its key alone. An error when the sum does not fit.
base::Status add_cell(core::TotalsRow& row, const core::Cell& cell);

}  // namespace salestream::store
