// SPDX-License-Identifier: Apache-2.0
// What a run has done since it started, for people and metrics. A value: a worker fills its own, the pipeline adds them
// up.
#pragma once

#include <cstdint>

#include "core/cell.h"

namespace salestream::engine {

struct RunStatus {
  core::Counters counters;            // of the messages that this process has read
  std::int64_t messages_stored = 0;   // of those read, in the store by now
  std::int64_t messages_unsaved = 0;  // counted, and not in the store yet
  std::int64_t flushes = 0;
  // With until_end, in the source's own units (offsets, or bytes): how far of how much is in the store.
  std::int64_t position_done = 0;
  std::int64_t position_total = 0;
  int partitions = 0;      // assigned to this process
  bool caught_up = false;  // at the last look every partition had been read to its end

  // A sum has caught up when all that is in it has, so it begins with that.
  RunStatus& operator+=(const RunStatus& more) {
    counters += more.counters;
    messages_stored += more.messages_stored;
    messages_unsaved += more.messages_unsaved;
    flushes += more.flushes;
    position_done += more.position_done;
    position_total += more.position_total;
    partitions += more.partitions;
    caught_up = caught_up && more.caught_up;
    return *this;
  }
};

}  // namespace salestream::engine
