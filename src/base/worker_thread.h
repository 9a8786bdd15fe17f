// SPDX-License-Identifier: Apache-2.0
// A thread that does one piece of work at a time when it is asked to, can be told to end, and can be waited for with a
// limit. What a piece uses belongs to it from start() until finish_within() has said that it ended; nothing else is
// shared. start(), is_busy() and finish_within() belong to one thread, the owner's; the other functions to any.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "base/mutex.h"

namespace salestream::base {

class WorkerThread {
 public:
  WorkerThread();
  // Waits for the piece of work that is under way: see stop_within().
  ~WorkerThread();
  WorkerThread(const WorkerThread&) = delete;
  WorkerThread& operator=(const WorkerThread&) = delete;

  // Begins a piece of work. Not while busy, and not after stop_within(). What was begun is done, also when the thread
  // is told to end before it gets there.
  void start(std::function<void()> work);

  // A piece was begun, and nobody has taken notice of its end yet.
  bool is_busy() const { return is_busy_; }

  // True: the piece has ended, and the thread is no longer busy. False: it goes on after `wait`, or there is none.
  bool finish_within(std::chrono::milliseconds wait);

  // Lasts `time`, but is over at once from interrupt() on. For the work, and for others that interrupt() should wake.
  void pause(std::chrono::milliseconds time);

  // From now on the work should come to its end: it looks at is_interrupted(), and pauses are over at once.
  void interrupt();
  const std::atomic<bool>& is_interrupted() const { return is_interrupted_; }

  // Interrupts the work and ends the thread. False: the work is still under way after `wait`; then only the end of the
  // process is faster.
  bool stop_within(std::chrono::milliseconds wait);

 private:
  void run();

  bool is_busy_ = false;  // the owner's

  std::atomic<bool> is_interrupted_{false};  // set under the mutex
  Mutex mutex_;
  CondVar changed_;
  std::function<void()> work_ ABSL_GUARDED_BY(mutex_);
  bool is_done_ ABSL_GUARDED_BY(mutex_) = false;
  bool must_end_ ABSL_GUARDED_BY(mutex_) = false;
  bool has_ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: it uses all the others
};

}  // namespace salestream::base
