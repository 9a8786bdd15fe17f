// SPDX-License-Identifier: Apache-2.0
// A flush: a snapshot of what a worker changed, and its way into the store, in the one order that makes totals exactly
// once without transactions across rows (docs/exactly-once.md). The snapshot is written by the worker's thread and read
// by the thread that flushes.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "core/cell.h"
#include "core/order.h"
#include "engine/cell_cache.h"
#include "engine/message_times.h"
#include "store/store.h"

namespace salestream::engine {

struct FlushSnapshot {
  std::vector<core::Reject> rejects;
  std::vector<CellChange> changes;
  std::vector<core::PartitionProgress> progress;
  std::int64_t messages = 0;  // read since the snapshot before: for people, as are the times
  MessageTimes times;

  bool empty() const { return rejects.empty() && changes.empty() && progress.empty(); }
};

// Rejects, then cells, then the totals rows of their keys, then progress; each durable before the next. Harmless to
// repeat after any error. Sorts the snapshot's changes.
base::Status flush(store::Session& session, FlushSnapshot& snapshot);

}  // namespace salestream::engine
