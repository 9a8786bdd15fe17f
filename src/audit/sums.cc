// SPDX-License-Identifier: Apache-2.0
#include "audit/sums.h"

#include <fmt/format.h>

#include "base/logging.h"

namespace salestream::audit {

Sums sums_of(const core::Measures& measures) {
  return {billionths_of(measures.revenue), billionths_of(measures.units), measures.orders};
}

bool add_to(Sums& sum, const Sums& more) {
  Sums result = sum;
  if (!add_to(result.revenue, more.revenue) || !add_to(result.units, more.units) ||
      __builtin_add_overflow(result.orders, more.orders, &result.orders))
    return false;
  sum = result;
  return true;
}

base::Error does_not_fit(core::PartitionId partition, core::Offset offset, std::string_view key) {
  return base::failure(
      fmt::format("partition {} offset {}: the total of '{}' does not fit into 128 bits, so it can't be audited",
                  partition, offset, base::printable(key, 100)));
}

}  // namespace salestream::audit
