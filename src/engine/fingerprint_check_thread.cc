// SPDX-License-Identifier: Apache-2.0
#include "engine/fingerprint_check_thread.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace salestream::engine {

FingerprintCheckThread::FingerprintCheckThread(source::Source& log) : log_(log), thread_([this] { work(); }) {}

FingerprintCheckThread::~FingerprintCheckThread() {
  stop_within({});
  thread_.join();
}

void FingerprintCheckThread::start(std::vector<LogFingerprint> fingerprints) {
  SALESTREAM_CHECK(!is_busy_);
  is_busy_ = true;
  if (!fingerprints.empty()) {
    const auto first = static_cast<std::ptrdiff_t>(rounds_++ % fingerprints.size());
    std::rotate(fingerprints.begin(), fingerprints.begin() + first, fingerprints.end());
  }
  {
    const std::lock_guard lock(mutex_);
    to_do_ = std::move(fingerprints);
  }
  changed_.notify_all();
}

std::optional<base::Status> FingerprintCheckThread::finished() {
  if (!is_busy_) return std::nullopt;
  const std::lock_guard lock(mutex_);
  if (!done_) return std::nullopt;
  is_busy_ = false;
  return std::exchange(done_, std::nullopt);
}

bool FingerprintCheckThread::stop_within(std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  must_end_ = true;
  changed_.notify_all();
  return changed_.wait_for(lock, wait, [this] { return has_ended_; });
}

void FingerprintCheckThread::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return must_end_ || to_do_.has_value(); });
    if (must_end_) break;
    const std::vector<LogFingerprint> fingerprints = *std::exchange(to_do_, std::nullopt);
    lock.unlock();
    base::Status status = check_fingerprints(log_, fingerprints, must_end_);
    lock.lock();
    done_ = std::move(status);
  }
  has_ended_ = true;
  changed_.notify_all();
}

}  // namespace salestream::engine
