// SPDX-License-Identifier: Apache-2.0
// Looks at the first messages of a source on a thread of its own: a broker that is
// unavailable lets a question wait for seconds, and neither the start of a run nor its end may wait with it. One round
// of questions at a time. All functions belong to one thread, but for stop_within, which belongs to the thread that
// destroys it.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "base/result.h"
#include "base/worker_thread.h"
#include "engine/fingerprint_check.h"
#include "source/source.h"

namespace salestream::engine {

class FingerprintCheckThread {
 public:
  // `source` outlives the thread, whose end waits for the answer to the question that is under way: see stop_within.
  explicit FingerprintCheckThread(source::Source& source) : source_(source) {}

  bool is_busy() const { return thread_.is_busy(); }

  // Begins a round; not while busy. Each begins with another partition, so that one whose broker is unavailable hides
  // no other.
  void start(std::vector<LogFingerprint> fingerprints);

  // What check_fingerprints() has said; nothing while the round goes on, or when none was started. After it, not busy.
  std::optional<base::Status> finished();

  // No more questions. False: one is still under way; then only the end of the process is faster than the answer.
  bool stop_within(std::chrono::milliseconds wait) { return thread_.stop_within(wait); }

 private:
  source::Source& source_;
  std::size_t rounds_ = 0;     // the caller's own
  base::Status outcome_;       // the thread's while it is busy
  base::WorkerThread thread_;  // last: it uses all the others
};

}  // namespace salestream::engine
