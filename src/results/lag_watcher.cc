// SPDX-License-Identifier: Apache-2.0
#include "results/lag_watcher.h"

#include <utility>

#include "base/clock.h"
#include "results/freshness.h"

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
  return has_failed_ || (asking_since_ && Clock::now() - *asking_since_ > kMaxSilence);
}

void LagWatcher::watch() {
  for (; !thread_.is_interrupted(); thread_.pause(kInterval)) {
    const std::int64_t asked_at_ms = base::wall_clock_ms();
    {
      const base::MutexLock lock(mutex_);
      asking_since_ = Clock::now();
    }
    auto answer = source_.ranges_with_held_back();
    const base::MutexLock lock(mutex_);
    asking_since_.reset();
    has_failed_ = !answer.ok();
    asked_at_ms_ = asked_at_ms;
    if (answer.ok())
      ranges_ = *std::move(answer);
    else
      ranges_.reset();
  }
}

}  // namespace salestream::results
