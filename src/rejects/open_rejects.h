// SPDX-License-Identifier: Apache-2.0
// How many of the rejected messages in the store are open, for who shows it all the time: the web page, the metrics,
// the terminal. A thread of its own looks, so that neither a store that doesn't answer nor the counting keeps anybody
// waiting, and counts again only when another resend was sent, or more rejected messages are stored. It looks at most a
// twentieth of the time. What it says between two counts claims nothing that is not known: a message is open until a
// resend of it is known to be sent.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/mutex.h"
#include "base/worker_thread.h"
#include "rejects/resent_count.h"
#include "store/resends.h"
#include "store/store.h"

namespace salestream::rejects {

class OpenRejects {
 public:
  struct Intervals {
    std::chrono::milliseconds look{5'000};  // between two looks at which resends were sent
    // Between two counts while no other resend was sent. Messages that were rejected since are hardly sent again yet.
    std::chrono::milliseconds recount{60'000};
  };

  // `store` is open, and outlives the thread, whose end waits for the question that is under way: see stop_within().
  explicit OpenRejects(store::Store& store) : OpenRejects(store, Intervals()) {}
  OpenRejects(store::Store& store, Intervals intervals);
  ~OpenRejects();
  OpenRejects(const OpenRejects&) = delete;
  OpenRejects& operator=(const OpenRejects&) = delete;

  // Of so many that the store has, by what was found last. Nothing: it is not known yet, or there are more than are
  // looked through. Never waits; any thread.
  std::optional<ResentCount> count(std::int64_t stored_rejects);
  // The same, once there was a first look, or after `wait`.
  std::optional<ResentCount> count_within(std::int64_t stored_rejects, std::chrono::milliseconds wait);

  // From now on the store is asked no more, and nothing is said of what it answers.
  void interrupt();
  // Interrupts, too. False: a question to the store is under way. Then only the end of the process is faster than the
  // answer.
  bool stop_within(std::chrono::milliseconds wait);

 private:
  using Clock = std::chrono::steady_clock;

  // What was found.
  struct Found {
    std::int64_t stored_rejects = 0;     // that there were
    std::optional<std::int64_t> resent;  // of them; nothing: too many to be looked through
    std::size_t sent_resends = 0;
    Clock::time_point at{};
  };

  void watch();
  base::Status look(std::int64_t stored_rejects);  // the thread's
  bool is_found(std::int64_t stored_rejects, std::size_t sent_resends, Clock::time_point now);
  std::optional<ResentCount> known(std::int64_t stored_rejects) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  store::Store& store_;
  const Intervals intervals_;

  // The thread's own.
  std::unique_ptr<store::ResendRecords> records_;
  bool said_unreadable_ = false;

  base::Mutex mutex_;
  base::CondVar changed_;
  std::int64_t stored_rejects_ ABSL_GUARDED_BY(mutex_) = 0;  // the most that anybody knows of
  std::optional<Found> found_ ABSL_GUARDED_BY(mutex_);       // written by the thread alone
  bool has_looked_ ABSL_GUARDED_BY(mutex_) = false;          // with whatever outcome
  base::WorkerThread thread_;                                // last: it uses all the others
};

}  // namespace salestream::rejects
