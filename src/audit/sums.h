// SPDX-License-Identifier: Apache-2.0
// What a cell or a totals row adds up to. Values; any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "audit/amount.h"
#include "base/result.h"
#include "core/cell.h"
#include "core/message.h"

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
// For who reads that it does not fit; the message is the one with which it did not.
base::Error does_not_fit(core::PartitionId partition, core::Offset offset, std::string_view key);

}  // namespace salestream::audit
