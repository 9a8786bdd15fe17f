// SPDX-License-Identifier: Apache-2.0
#include "results/lag_watcher.h"

namespace salestream::results {

LagWatcher::LagWatcher(source::Source& log) : log_(log), thread_([this] { watch(); }) {}

LagWatcher::~LagWatcher() {
  stop_within({});
  thread_.join();
}

std::optional<std::vector<source::PartitionRange>> LagWatcher::ranges() {
  const std::lock_guard lock(mutex_);
  return ranges_;
}

std::int64_t LagWatcher::asked_at_ms() {
  const std::lock_guard lock(mutex_);
  return asked_at_ms_;
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
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    auto answer = log_.ranges();
    lock.lock();
    is_log_silent_ = !answer.ok();
    asked_at_ms_ = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    if (answer.ok())
      ranges_ = *std::move(answer);
    else
      ranges_.reset();
    changed_.wait_for(lock, kInterval, [this] { return stop_; });
  }
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace salestream::results
