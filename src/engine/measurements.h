// SPDX-License-Identifier: Apache-2.0
// What a run measures of itself since it started, for who watches it, and whether it gets on. Values: a worker fills
// its own once a flush or batch, the pipeline adds them up.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "engine/heartbeat.h"
#include "engine/histogram.h"

namespace salestream::engine {

inline constexpr std::array kFlushSeconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                          0.5,   1.0,    2.5,   5.0,  10.0,  30.0, 60.0};
inline constexpr std::array kLatencySeconds{0.005, 0.01, 0.025, 0.05, 0.1,  0.25,  0.5,   1.0,
                                            2.5,   5.0,  10.0,  30.0, 60.0, 300.0, 900.0, 3600.0};
inline constexpr std::array kFlushMessages{1.0, 10.0, 100.0, 1'000.0, 10'000.0, 100'000.0, 1'000'000.0};

struct Measurements {
  Histogram flush_seconds{kFlushSeconds};      // from its begin until it is durable, with all tries
  Histogram flush_messages{kFlushMessages};    // in each flush
  Histogram latency_seconds{kLatencySeconds};  // of a message, from the source's own time of it until it is durable

  std::int64_t cells = 0;  // in memory now, as are the next two
  std::int64_t changed_cells = 0;
  std::int64_t cell_bytes = 0;
  std::int64_t cell_limit_bytes = 0;
  std::int64_t cell_misses = 0;     // looked for in the store
  std::int64_t cell_evictions = 0;  // left memory to make room

  std::array<std::int64_t, kStoreWorkCount> store_retries{};  // by StoreWork

  void add(const Measurements& other) {
    flush_seconds.add(other.flush_seconds);
    flush_messages.add(other.flush_messages);
    latency_seconds.add(other.latency_seconds);
    cells += other.cells;
    changed_cells += other.changed_cells;
    cell_bytes += other.cell_bytes;
    cell_limit_bytes += other.cell_limit_bytes;
    cell_misses += other.cell_misses;
    cell_evictions += other.cell_evictions;
    for (std::size_t i = 0; i < store_retries.size(); ++i) store_retries[i] += other.store_retries[i];
  }
};

// Whether a run gets on, as far as its threads can tell.
struct Health {
  bool has_begun = false;                       // source and store have been looked at, and the workers are there
  bool has_assignment = false;                  // every worker has been told which partitions are its own
  std::chrono::duration<double> stalled_for{};  // since the slowest of its threads was last seen to move
  std::chrono::duration<double> store_wait{};   // for so long the store has not done what it was asked
};

}  // namespace salestream::engine
