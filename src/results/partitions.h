// SPDX-License-Identifier: Apache-2.0
// A pipeline's partitions as seen from both sides: what the store has, and what the source has. Pure values; any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/cell.h"
#include "source/source.h"

namespace salestream::results {

struct PartitionStatus {
  core::PartitionId partition = 0;
  std::optional<core::PartitionProgress> stored;  // nothing: no message of it is in the store
  std::optional<source::PartitionRange> range;    // nothing: the source has no such partition, or doesn't answer
  // From here on: known only with `range`.
  std::optional<std::int64_t> lag;    // in the source's own units: messages, or bytes of a file
  std::optional<double> lag_seconds;  // the age of the oldest message that is not in the store
};

// Every partition that either side knows of, without lag_seconds.
std::vector<PartitionStatus> join(const std::vector<core::PartitionProgress>& progress,
                                  const std::vector<source::PartitionRange>& ranges);

// How many offsets of the source are not in the store. In a topic these are messages, or very nearly: markers of
// transactions count too while they are not at the partition's end, where a run leaves them behind.
std::int64_t lag_of(const std::vector<source::PartitionRange>& ranges,
                    const std::vector<core::PartitionProgress>& progress);

// How many offsets of the source can't be read yet, behind transactions that are open.
std::int64_t held_back_of(const std::vector<source::PartitionRange>& ranges);

}  // namespace salestream::results
