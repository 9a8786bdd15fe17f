// SPDX-License-Identifier: Apache-2.0
#include "audit/report.h"

#include <algorithm>

namespace salestream::audit {

bool Report::is_whole() const {
  return std::all_of(partitions.begin(), partitions.end(), [](const PartitionReport& p) { return p.is_whole(); });
}

core::Counters Report::counted() const {
  core::Counters sum;
  for (const PartitionReport& p : partitions) sum += p.counted;
  return sum;
}

}  // namespace salestream::audit
