// SPDX-License-Identifier: Apache-2.0
#include "results/partitions.h"

#include <algorithm>
#include <map>

namespace salestream::results {

std::vector<PartitionStatus> join(const std::vector<core::PartitionProgress>& progress,
                                  const std::vector<source::PartitionRange>& ranges) {
  std::map<core::PartitionId, PartitionStatus> by_partition;
  for (const core::PartitionProgress& p : progress) by_partition[p.partition].stored = p;
  for (const source::PartitionRange& r : ranges) by_partition[r.partition].range = r;
  std::vector<PartitionStatus> joined;
  for (auto& [partition, status] : by_partition) {
    status.partition = partition;
    if (status.range) {
      const core::Offset next = status.stored ? status.stored->next_offset : status.range->start;
      status.lag = std::max<std::int64_t>(0, status.range->end - next);
      if (status.lag == 0) status.lag_seconds = 0;
    }
    joined.push_back(std::move(status));
  }
  return joined;
}

std::int64_t lag_of(const std::vector<source::PartitionRange>& ranges,
                    const std::vector<core::PartitionProgress>& progress) {
  std::int64_t lag = 0;
  for (const source::PartitionRange& range : ranges) {
    const auto stored =
        std::find_if(progress.begin(), progress.end(), [&](const auto& p) { return p.partition == range.partition; });
    const core::Offset next = stored == progress.end() ? range.start : stored->next_offset;
    lag += std::max<std::int64_t>(0, range.end - next);
  }
  return lag;
}

std::int64_t held_back_of(const std::vector<source::PartitionRange>& ranges) {
  std::int64_t offsets = 0;
  for (const source::PartitionRange& range : ranges) offsets += range.held_back;
  return offsets;
}

}  // namespace salestream::results
