// SPDX-License-Identifier: Apache-2.0
// The end of the source, asked for again and again on a thread of its own: a broker that is unavailable lets a question
// wait for seconds, and neither the table nor Ctrl+C may wait with it.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "base/mutex.h"
#include "base/worker_thread.h"
#include "core/cell.h"
#include "source/source.h"

namespace salestream::results {

class LagWatcher {
 public:
  static constexpr std::chrono::milliseconds kInterval{1000};

  // `source` outlives the thread, whose end waits for the question that is under way: see stop_within.
  explicit LagWatcher(source::Source& source);

  // As of the last answer; nothing before the first one, and while the source doesn't answer. Any thread.
  std::optional<std::vector<source::PartitionRange>> ranges();
  // When that was asked, in milliseconds since 1970: whatever was in the source then is in the ranges. 0: never. Any
  // thread.
  std::int64_t asked_at_ms();
  // The last question got no answer. Any thread.
  bool is_source_silent();

  // False: a question is still under way. Then only the end of the process is faster than the answer.
  bool stop_within(std::chrono::milliseconds wait) { return thread_.stop_within(wait); }

 private:
  void watch();

  source::Source& source_;
  base::Mutex mutex_;
  std::optional<std::vector<source::PartitionRange>> ranges_ ABSL_GUARDED_BY(mutex_);
  std::int64_t asked_at_ms_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_source_silent_ ABSL_GUARDED_BY(mutex_) = false;
  base::WorkerThread thread_;  // last: it uses all the others
};

}  // namespace salestream::results
