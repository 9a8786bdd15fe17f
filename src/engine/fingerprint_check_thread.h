// SPDX-License-Identifier: Apache-2.0
// Looks at the first messages of a log on a thread of its own: a broker that is away lets a question wait for seconds,
// and neither the start of a run nor its end may wait with it. One round of questions at a time. All functions belong
// to one thread, but for stop_within, which belongs to whoever destroys it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/result.h"
#include "engine/fingerprint_check.h"
#include "source/source.h"

namespace salestream::engine {

class FingerprintCheckThread {
 public:
  // `log` outlives the thread.
  explicit FingerprintCheckThread(source::Source& log);
  ~FingerprintCheckThread();  // after the answer to the question that is under way: see stop_within
  FingerprintCheckThread(const FingerprintCheckThread&) = delete;
  FingerprintCheckThread& operator=(const FingerprintCheckThread&) = delete;

  bool is_busy() const { return is_busy_; }

  // Begins a round; not while busy. Each begins with another partition, so that one whose broker is away hides no
  // other.
  void start(std::vector<LogFingerprint> fingerprints);

  // What check_fingerprints() has said; nothing while the round goes on, or when none was started. After it, not busy.
  std::optional<base::Status> finished();

  // No more questions. False: one is still under way; then only the end of the process is faster than the answer.
  bool stop_within(std::chrono::milliseconds wait);

 private:
  void work();

  source::Source& log_;
  bool is_busy_ = false;    // its user's own
  std::size_t rounds_ = 0;  // its user's own

  std::atomic<bool> must_end_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::vector<LogFingerprint>> to_do_;
  std::optional<base::Status> done_;
  bool has_ended_ = false;
  std::thread thread_;
};

}  // namespace salestream::engine
