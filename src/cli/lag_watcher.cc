// SPDX-License-Identifier: Apache-2.0
#include "cli/lag_watcher.h"

#include <algorithm>

namespace salestream::cli {

std::int64_t lag_of(const std::vector<source::PartitionRange>& ranges,
                    const std::vector<core::PartitionProgress>& progress) {
  std::int64_t lag = 0;
  for (const source::PartitionRange& range : ranges) {
    const auto stored = std::find_if(progress.begin(), progress.end(),
                                     [&](const auto& p) { return p.partition == range.partition; });
    const core::Offset next = stored == progress.end() ? range.start : stored->next_offset;
    lag += std::max<std::int64_t>(0, range.end - next);
  }
  return lag;
}

LagWatcher::LagWatcher(source::Log& log) : log_(log), thread_([this] { watch(); }) {}

LagWatcher::~LagWatcher() {
  stop_within({});
  thread_.join();
}

std::optional<std::vector<source::PartitionRange>> LagWatcher::ranges() {
  const std::lock_guard lock(mutex_);
  return ranges_;
}

bool LagWatcher::is_log_silent() {
  const std::lock_guard lock(mutex_);
  return is_log_silent_;
}

bool LagWatcher::stop_within(std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  stop_ = true;
  changed_.notify_all();
  return changed_.wait_for(lock, wait, [this] { return stopped_; });
}

void LagWatcher::watch() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    lock.unlock();
    auto answer = log_.ranges();
    lock.lock();
    is_log_silent_ = !answer.ok();
    if (answer.ok())
      ranges_ = *std::move(answer);
    else
      ranges_.reset();
    changed_.wait_for(lock, kInterval, [this] { return stop_; });
  }
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace salestream::cli
