// SPDX-License-Identifier: Apache-2.0
// What `status` says of each partition: the store's part, and the source's part where it answers. Pure values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/terminal/table.h"
#include "rejects/resent_count.h"
#include "results/freshness.h"
#include "results/partitions.h"

namespace salestream::cli {

struct PipelineStatus {
  std::string pipeline;
  std::string source;
  std::string store;
  std::string unit;                                  // of offsets and lag: "messages" or "bytes"
  std::string source_error;                          // empty: the source answered
  std::vector<results::PartitionStatus> partitions;  // by partition
  std::optional<results::Freshness> freshness;       // nothing: not known
  std::optional<rejects::ResentCount> resent;        // nothing: more rejected messages than are looked through
  bool is_other_source = false;                      // than was counted, so a run refuses it
};

// Over all partitions, where they are known: in `unit`, and offsets behind open transactions.
std::int64_t lag_of(const PipelineStatus& status);
std::int64_t held_back_of(const PipelineStatus& status);

std::string to_status_text(const PipelineStatus& status, const TableStyle& style = {});
std::string to_status_json(const PipelineStatus& status);

}  // namespace salestream::cli
