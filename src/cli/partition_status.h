// SPDX-License-Identifier: Apache-2.0
// What `status` says of each partition: the store's part, and the log's part where the log answers. Pure values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/cell.h"
#include "source/source.h"

namespace salestream::cli {

struct PartitionStatus {
  core::PartitionId partition = 0;
  std::optional<core::PartitionProgress> stored;  // nothing: no message of it is in the store
  std::optional<source::PartitionRange> range;    // nothing: the log has no such partition, or doesn't answer
  // From here on: known only with `range`.
  std::optional<std::int64_t> lag;           // in the log's own units: messages, or bytes of a file
  std::optional<double> lag_seconds;         // the age of the oldest message that is not in the store
};

struct PipelineStatus {
  std::string pipeline;
  std::string source;
  std::string store;
  std::string unit;       // of offsets and lag: "messages" or "bytes"
  std::string log_error;  // empty: the log answered
  std::vector<PartitionStatus> partitions;  // by partition
};

// Every partition that either side knows of, without lag_seconds.
std::vector<PartitionStatus> join(const std::vector<core::PartitionProgress>& progress,
                                  const std::vector<source::PartitionRange>& ranges);

std::string to_status_text(const PipelineStatus& status);
std::string to_status_json(const PipelineStatus& status);

}  // namespace salestream::cli
