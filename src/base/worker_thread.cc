// SPDX-License-Identifier: Apache-2.0
#include "base/worker_thread.h"

#include <utility>

#include "base/check.h"

namespace salestream::base {

WorkerThread::WorkerThread() : thread_([this] { run(); }) {}

WorkerThread::~WorkerThread() {
  stop_within({});
  thread_.join();
}

void WorkerThread::start(std::function<void()> work) {
  SALESTREAM_CHECK(!is_busy_);
  is_busy_ = true;
  const MutexLock lock(mutex_);
  SALESTREAM_CHECK(!must_end_);
  work_ = std::move(work);
  is_done_ = false;
  changed_.notify_all();
}

bool WorkerThread::finish_within(std::chrono::milliseconds wait) {
  if (!is_busy_) return false;
  const MutexLock lock(mutex_);
  is_busy_ = !changed_.wait_for(mutex_, wait, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return is_done_; });
  return !is_busy_;
}

void WorkerThread::pause(std::chrono::milliseconds time) {
  const MutexLock lock(mutex_);
  changed_.wait_for(mutex_, time, [this] { return is_interrupted_.load(); });
}

void WorkerThread::interrupt() {
  const MutexLock lock(mutex_);
  is_interrupted_ = true;
  changed_.notify_all();
}

bool WorkerThread::stop_within(std::chrono::milliseconds wait) {
  const MutexLock lock(mutex_);
  is_interrupted_ = true;
  must_end_ = true;
  changed_.notify_all();
  return changed_.wait_for(mutex_, wait, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return has_ended_; });
}

void WorkerThread::run() {
  MutexLock lock(mutex_);
  for (;;) {
    changed_.wait(mutex_, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return must_end_ || work_ != nullptr; });
    if (work_ == nullptr) break;
    auto work = std::exchange(work_, nullptr);
    lock.unlock();
    work();
    work = nullptr;  // what it holds is released before its end is known
    lock.lock();
    is_done_ = true;
    changed_.notify_all();
  }
  has_ended_ = true;
  changed_.notify_all();
}

}  // namespace salestream::base
