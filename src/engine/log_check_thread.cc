// SPDX-License-Identifier: Apache-2.0
#include "engine/log_check_thread.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace salestream::engine {

LogCheckThread::LogCheckThread(source::Log& log) : log_(log), thread_([this] { work(); }) {}

LogCheckThread::~LogCheckThread() {
  stop_within({});
  thread_.join();
}

void LogCheckThread::start(std::vector<Anchor> anchors) {
  SALESTREAM_CHECK(!is_busy_);
  is_busy_ = true;
  if (!anchors.empty()) {
    const auto first = static_cast<std::ptrdiff_t>(rounds_++ % anchors.size());
    std::rotate(anchors.begin(), anchors.begin() + first, anchors.end());
  }
  {
    const std::lock_guard lock(mutex_);
    to_do_ = std::move(anchors);
  }
  changed_.notify_all();
}

std::optional<base::Status> LogCheckThread::finished() {
  if (!is_busy_) return std::nullopt;
  const std::lock_guard lock(mutex_);
  if (!done_) return std::nullopt;
  is_busy_ = false;
  return std::exchange(done_, std::nullopt);
}

bool LogCheckThread::stop_within(std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  must_end_ = true;
  changed_.notify_all();
  return changed_.wait_for(lock, wait, [this] { return has_ended_; });
}

void LogCheckThread::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return must_end_ || to_do_.has_value(); });
    if (must_end_) break;
    const std::vector<Anchor> anchors = *std::exchange(to_do_, std::nullopt);
    lock.unlock();
    base::Status status = check_anchors(log_, anchors, must_end_);
    lock.lock();
    done_ = std::move(status);
  }
  has_ended_ = true;
  changed_.notify_all();
}

}  // namespace salestream::engine
