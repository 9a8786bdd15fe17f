// SPDX-License-Identifier: Apache-2.0
// The interface between a worker and the doing of its flushes: one at a time,
// beside the worker, so that reading goes on meanwhile. All functions belong to the worker's thread.
#pragma once

#include <chrono>
#include <optional>

#include "base/result.h"
#include "engine/flush.h"

namespace salestream::engine {

class Flusher {
 public:
  struct Finished {
    FlushSnapshot snapshot;
    base::Status status;
    std::chrono::duration<double> took{};  // with all tries
    std::int64_t ended_ms = 0;             // since 1970; 0: not known
  };

  virtual ~Flusher() = default;

  virtual bool is_busy() const = 0;

  // Not while busy.
  virtual void start(FlushSnapshot snapshot) = 0;

  // The flush that has ended, at most after `wait`; nothing while it goes on, or when none was started. After it, not
  // busy.
  virtual std::optional<Finished> finished(std::chrono::milliseconds wait) = 0;

  // From now on a retriable error is an error.
  virtual void give_up_retrying() = 0;

  // Waits a little before the store is asked again for something that it could not give.
  virtual void pause() = 0;
};

}  // namespace salestream::engine
