// SPDX-License-Identifier: Apache-2.0
// std::mutex and std::condition_variable under names that clang's thread safety analysis understands: what a mutex
// guards is annotated with ABSL_GUARDED_BY, and clang refuses code that touches it without the lock. Any thread.
#pragma once

#include <absl/base/thread_annotations.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace salestream::base {

class ABSL_LOCKABLE Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

 private:
  friend class CondVar;

  std::mutex mutex_;
};

// Locked while it lives, but for what stands between unlock() and lock().
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() {
    if (is_locked_) mutex_.unlock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void unlock() ABSL_UNLOCK_FUNCTION() {
    mutex_.unlock();
    is_locked_ = false;
  }
  void lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    mutex_.lock();
    is_locked_ = true;
  }

 private:
  Mutex& mutex_;
  bool is_locked_ = true;
};

// Waits with the mutex that is locked, which others may have meanwhile. A predicate is called under it, and says so:
//   changed_.wait(mutex_, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return is_done_; });
class CondVar {
 public:
  void notify_one() { changed_.notify_one(); }
  void notify_all() { changed_.notify_all(); }

  // Until it is notified, at most for `time`; spurious wakeups happen.
  void wait_for(Mutex& mutex, std::chrono::milliseconds time) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    Borrowed borrowed(mutex.mutex_);
    changed_.wait_for(borrowed.lock, time);
  }

  template <typename Predicate>
  void wait(Mutex& mutex, Predicate predicate) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    Borrowed borrowed(mutex.mutex_);
    changed_.wait(borrowed.lock, predicate);
  }

  // What the predicate says at the end.
  template <typename Predicate>
  bool wait_for(Mutex& mutex, std::chrono::milliseconds time, Predicate predicate)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    Borrowed borrowed(mutex.mutex_);
    return changed_.wait_for(borrowed.lock, time, predicate);
  }

  template <typename Predicate>
  bool wait_until(Mutex& mutex, std::chrono::steady_clock::time_point when, Predicate predicate)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    Borrowed borrowed(mutex.mutex_);
    return changed_.wait_until(borrowed.lock, when, predicate);
  }

 private:
  // The lock that std::condition_variable wants, of a mutex that the caller has locked and goes on holding.
  struct Borrowed {
    explicit Borrowed(std::mutex& mutex) : lock(mutex, std::adopt_lock) {}
    ~Borrowed() { lock.release(); }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    std::unique_lock<std::mutex> lock;
  };

  std::condition_variable changed_;
};

}  // namespace salestream::base
