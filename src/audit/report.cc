// SPDX-License-Identifier: Apache-2.0
#include "audit/report.h"

#include <algorithm>

namespace salestream::audit {

bool Report::is_whole() const {
  return std::all_of(partitions.begin(), partitions.end(), [](const PartitionReport& p) { return p.is_whole(); });
}

core::Counters Report::counted() const {
  core::Counters sum;
  for (const PartitionReport& p : partitions) {
    sum.messages += p.counted.messages;
    sum.orders += p.counted.orders;
    sum.items += p.counted.items;
    sum.wrong_totals += p.counted.wrong_totals;
    for (std::size_t i = 0; i < sum.rejects.size(); ++i) sum.rejects[i] += p.counted.rejects[i];
  }
  return sum;
}

}  // namespace salestream::audit
