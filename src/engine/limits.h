// SPDX-License-Identifier: Apache-2.0
// The limits of a run, and of commands that read what it counted. Plain values; each has its unit in its name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/order.h"

namespace salestream::engine {

// A run stops when more than `most_rejects` of the last `messages` of a partition are rejected: it is being fed the
// wrong thing.
struct RejectLimit {
  int messages = 0;
  int most_rejects = 0;
  std::string text;  // as the pipeline file has it: "5%/1000"
};

struct Limits {
  int workers = 1;                                // members of the consumer group in this process
  std::int64_t cells_in_memory_bytes = 32 << 20;  // over all workers; clean cells leave memory beyond it, not the store
  int flush_interval_ms = 100;  // the longest a busy worker waits between two flushes; idle, it flushes at once
  std::int64_t rejects_in_memory_bytes = 8 << 20;             // a worker stops reading until they are in the store
  std::int64_t keys_at_once_bytes = core::kMaxOrderKeyBytes;  // of the orders of a batch that are counted at once
  std::optional<RejectLimit> reject_limit;
  // Of `totals` and `audit`: rows beyond it are in temporary files.
  std::int64_t rows_in_memory_bytes = 64 << 20;
};

}  // namespace salestream::engine
