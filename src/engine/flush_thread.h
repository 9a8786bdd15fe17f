// SPDX-License-Identifier: Apache-2.0
// Runs a worker's flushes beside it, one at a time, so that reading goes on meanwhile. A retriable error is tried again,
// with a growing pause and a line in the log, until it works or is told to give up. The thread and the store session in
// it belong to this object; its functions belong to the worker's thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "base/result.h"
#include "engine/flush.h"
#include "store/store.h"

namespace salestream::engine {

class FlushThread {
 public:
  static constexpr std::chrono::milliseconds kFirstPause{100};
  static constexpr std::chrono::milliseconds kLongestPause{5'000};

  struct Finished {
    FlushSnapshot snapshot;
    base::Status status;
    std::chrono::steady_clock::duration took{};
  };

  explicit FlushThread(std::unique_ptr<store::Session> session);
  ~FlushThread();

  bool is_busy() const { return is_busy_; }

  // Not while busy.
  void start(FlushSnapshot snapshot);

  // The flush that has ended, at most after `wait`; nothing while it goes on, or when none was started. After it, not busy.
  std::optional<Finished> finished(std::chrono::milliseconds wait);

  // From now on a retriable error is an error.
  void give_up_retrying();

 private:
  void work();
  base::Status flush_with_retries(FlushSnapshot& snapshot);

  std::unique_ptr<store::Session> session_;
  bool is_busy_ = false;  // the worker's own

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<FlushSnapshot> to_do_;
  std::optional<Finished> done_;
  bool must_end_ = false;
  bool has_given_up_ = false;
  std::thread thread_;
};

}  // namespace salestream::engine
