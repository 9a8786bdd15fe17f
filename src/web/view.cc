// SPDX-License-Identifier: Apache-2.0
#include "web/view.h"

#include <algorithm>

namespace salestream::web {

std::optional<double> lag_seconds_of(const results::PartitionStatus& partition, std::int64_t now_ms) {
  if (partition.lag == 0) return 0;
  if (!partition.lag || !partition.stored || partition.stored->last_timestamp_ms < 0) return std::nullopt;
  return std::max(0.0, static_cast<double>(now_ms - partition.stored->last_timestamp_ms) / 1000);
}

Completeness completeness_of(const std::vector<results::PartitionStatus>& partitions, std::int64_t asked_at_ms) {
  const bool has_ranges = std::any_of(partitions.begin(), partitions.end(), [](const auto& p) { return p.range; });
  const auto is_missing_some = [&](const results::PartitionStatus& p) { return !has_ranges || p.lag.value_or(0) > 0; };
  Completeness complete;
  if (partitions.empty()) return complete;
  if (std::none_of(partitions.begin(), partitions.end(), is_missing_some)) {
    complete.is_everything = true;
    complete.through_ms = asked_at_ms;
    return complete;
  }
  for (const results::PartitionStatus& p : partitions) {
    if (!is_missing_some(p)) continue;
    const std::int64_t last_ms = p.stored ? p.stored->last_timestamp_ms : -1;
    if (last_ms < 0) return {};  // nothing of it yet, or a source whose messages have no times
    complete.through_ms = std::min(complete.through_ms.value_or(last_ms), last_ms);
  }
  return complete;
}

}  // namespace salestream::web
