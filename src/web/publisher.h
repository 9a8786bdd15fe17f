// SPDX-License-Identifier: Apache-2.0
// Makes a new view every second, on a thread of its own and through a store session of its own. The store is read at
// most a twentieth of the time, and every five seconds while nobody looks or nothing has changed; on one more thread,
// so that a store that doesn't answer keeps no view from saying so. How far the store is behind the source is looked at
// by itself where reading the totals takes long.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include "base/mutex.h"
#include "base/worker_thread.h"
#include "engine/pipeline.h"
#include "rejects/open_rejects.h"
#include "results/lag_watcher.h"
#include "results/snapshot.h"
#include "web/view.h"

namespace salestream::web {

class Publisher {
 public:
  struct Parts {
    std::shared_ptr<const RunInfo> run_info;
    std::function<engine::RunStatus()> status;
    std::function<engine::Health()> health;
    results::LagWatcher* lag = nullptr;            // nullptr: a source without an end
    rejects::OpenRejects* open_rejects = nullptr;  // nullptr: it is not said how many are open
    std::function<bool()> is_watched;              // whether somebody looks
    std::function<void(const View&)> on_view;      // each new view; both on the publisher's thread
  };

  struct Intervals {
    std::chrono::milliseconds view{1000};
    std::chrono::milliseconds unwatched{5000};  // between two looks at the store while nobody looks at the page
    // While nothing is new in this process: other instances may write to the same totals.
    std::chrono::milliseconds others{5000};
  };

  // Two readers of one store, for a thread each.
  struct Readers {
    results::SnapshotReader totals, progress;
  };
  static base::Result<Readers> open_readers(const core::Definition& definition, store::Store& store);

  // All that `parts` names outlives the publisher, whose end waits for a question to the store that is under way: see
  // finish_within().
  Publisher(Parts parts, Readers readers) : Publisher(std::move(parts), std::move(readers), Intervals()) {}
  Publisher(Parts parts, Readers readers, Intervals intervals);

  void start();

  // The newest view; never nullptr. Any thread.
  std::shared_ptr<const View> view() const;

  void set_stopping() { is_stopping_ = true; }

  // The run is over: the last view is made, with what is in the store now, and the thread ends. False: the store has
  // not answered within `wait`; then only the end of the process is faster than the answer.
  bool finish_within(std::chrono::milliseconds wait);

 private:
  using Clock = std::chrono::steady_clock;

  // What the source had, and how far the store had come just after.
  struct ProgressLook {
    Clock::time_point began{};
    base::Status status;
    std::vector<source::PartitionRange> ranges;  // empty: not known
    std::int64_t asked_at_ms = 0;                // when the source was asked for them
    std::vector<core::PartitionProgress> progress;
    std::int64_t at_ms = 0;
    Clock::duration took{};
  };
  // What the store holds at one moment, and at the least holds of what the source had just before.
  struct Reading {
    ProgressLook look;
    base::Status status;
    std::shared_ptr<std::vector<TableView>> tables = std::make_shared<std::vector<TableView>>();
    std::int64_t at_ms = 0;
    Clock::duration took{};
  };

  void work();
  bool is_time_to_read(Clock::time_point now) const;
  void begin_to_read(Clock::time_point now);
  void read();                                        // the reading thread's
  void take_reading(std::chrono::milliseconds wait);  // if there is one
  void show(const Reading& reading);
  ProgressLook new_look(Clock::time_point now) const;
  static void read_progress(results::SnapshotReader& reader, ProgressLook& into);
  void look_at_progress(Clock::time_point now);  // where reading the totals leaves it to be looked at by itself
  void take_look(std::chrono::milliseconds wait);
  void show_lag(const ProgressLook& look);
  void measure_rate(Clock::time_point now);
  results::FreshnessFacts facts(Clock::time_point now) const;
  void publish(results::Freshness freshness);

  const Parts parts_;
  const Intervals intervals_;

  Readers readers_;  // each its thread's while that is busy
  Reading reading_;
  ProgressLook look_;

  // The publisher's thread only.
  View next_;
  Clock::time_point rated_at_ = Clock::now();
  std::int64_t rated_orders_ = 0;
  Clock::time_point read_at_{};
  Clock::duration read_took_{};
  Clock::duration
      usual_read_{};  // the shorter of the last two that succeeded: one that met a pause of the store is no rule
  std::int64_t read_stored_ = -1;  // messages that this process had stored at that time
  Clock::time_point looked_at_{};  // at progress, in a reading or by itself: when the last look began
  Clock::duration look_took_{};
  Clock::time_point lag_began_{};                        // the look that is shown
  std::optional<std::int64_t> read_lag_;                 // that of the totals that are shown
  std::vector<core::PartitionProgress> shown_progress_;  // theirs

  std::atomic<bool> is_stopping_{false};
  mutable base::Mutex mutex_;
  std::shared_ptr<const View> view_ ABSL_GUARDED_BY(mutex_);
  base::WorkerThread reading_thread_, look_thread_;
  base::WorkerThread thread_;  // last: it uses all the others
};

}  // namespace salestream::web
