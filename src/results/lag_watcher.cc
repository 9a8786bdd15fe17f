// SPDX-License-Identifier: Apache-2.0
#include "results/lag_watcher.h"

#include "base/clock.h"

namespace salestream::results {

LagWatcher::LagWatcher(source::Source& source) : source_(source) {
  thread_.start([this] { watch(); });
}

std::optional<std::vector<source::PartitionRange>> LagWatcher::ranges() {
  const base::MutexLock lock(mutex_);
  return ranges_;
}

std::int64_t LagWatcher::asked_at_ms() {
  const base::MutexLock lock(mutex_);
  return asked_at_ms_;
}

bool LagWatcher::is_source_silent() {
  const base::MutexLock lock(mutex_);
  return is_source_silent_;
}

void LagWatcher::watch() {
  for (; !thread_.is_interrupted(); thread_.pause(kInterval)) {
    const std::int64_t asked_at_ms = base::wall_clock_ms();
    auto answer = source_.ranges();
    const base::MutexLock lock(mutex_);
    is_source_silent_ = !answer.ok();
    asked_at_ms_ = asked_at_ms;
    if (answer.ok())
      ranges_ = *std::move(answer);
    else
      ranges_.reset();
  }
}

}  // namespace salestream::results
