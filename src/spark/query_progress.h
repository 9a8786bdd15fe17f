// SPDX-License-Identifier: Apache-2.0
// What Spark reports of a streaming query's last batch, as JSON (StreamingQueryProgress). A pure function; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace salestream::spark {

struct QueryProgress {
  std::string timestamp;  // when the batch began, as Spark writes it: 2026-11-22T14:00:00.000Z
  std::int64_t batch = 0;
  std::int64_t batch_ms = 0;
  std::int64_t messages = 0;                // in this batch
  double messages_per_second = 0;           // counted, while the batch took
  double arriving_messages_per_second = 0;  // since the batch before
  std::int64_t state_rows = 0;
  std::int64_t state_bytes = 0;
  // Sums over the partitions of all topics; nothing where Spark does not say.
  std::optional<std::int64_t> next_offsets;     // every message before them is in
  std::optional<std::int64_t> end_offsets;      // of the topic, when the batch began
  std::map<std::string, std::int64_t> metrics;  // what Statement::metrics counted in this batch

  std::optional<std::int64_t> lag_messages() const {
    if (!next_offsets || !end_offsets) return std::nullopt;
    return *end_offsets > *next_offsets ? *end_offsets - *next_offsets : 0;
  }
};

// What is missing counts as 0: versions of Spark differ in what they report. An error when it is no such JSON at all.
base::Result<QueryProgress> parse_progress(std::string_view json);

}  // namespace salestream::spark
