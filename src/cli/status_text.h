// SPDX-License-Identifier: Apache-2.0
// What `status` says of each partition: the store's part, and the source's part where it answers. Pure values.
#pragma once

#include <string>
#include <vector>

#include "cli/terminal/table.h"
#include "results/partitions.h"

namespace salestream::cli {

struct PipelineStatus {
  std::string pipeline;
  std::string source;
  std::string store;
  std::string unit;                                  // of offsets and lag: "messages" or "bytes"
  std::string log_error;                             // empty: the source answered
  std::vector<results::PartitionStatus> partitions;  // by partition
};

std::string to_status_text(const PipelineStatus& status, const TableStyle& style = {});
std::string to_status_json(const PipelineStatus& status);

}  // namespace salestream::cli
