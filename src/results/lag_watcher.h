// SPDX-License-Identifier: Apache-2.0
// The end of the source, asked for again and again on a thread of its own: a broker that is unavailable lets a question
// wait for seconds, and neither the table nor Ctrl+C may wait with it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "core/cell.h"
#include "source/source.h"

namespace salestream::results {

class LagWatcher {
 public:
  static constexpr std::chrono::milliseconds kInterval{1000};

  // `log` outlives the thread: see stop_within.
  explicit LagWatcher(source::Source& log);
  ~LagWatcher();
  LagWatcher(const LagWatcher&) = delete;
  LagWatcher& operator=(const LagWatcher&) = delete;

  // As of the last answer; nothing before the first one, and while the source doesn't answer. Any thread.
  std::optional<std::vector<source::PartitionRange>> ranges();
  // When that was asked, in milliseconds since 1970: whatever was in the source then is in the ranges. 0: never. Any
  // thread.
  std::int64_t asked_at_ms();
  // The last question got no answer. Any thread.
  bool is_log_silent();

  // False: a question is still under way. Then only the end of the process is faster than the answer.
  bool stop_within(std::chrono::milliseconds wait);

 private:
  void watch();

  source::Source& log_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::vector<source::PartitionRange>> ranges_;
  std::int64_t asked_at_ms_ = 0;
  bool is_log_silent_ = false;
  bool stop_ = false;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace salestream::results
