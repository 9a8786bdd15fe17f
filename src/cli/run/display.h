// SPDX-License-Identifier: Apache-2.0
// What a person sees of a run: a table that stays in place on a terminal, complete tables one below the other anywhere
// else, and the progress of --until-end. Reads the store through a session and on a thread of its own, so that a store
// that doesn't answer is said to do so, and so rarely that reading takes less than a twentieth of the time. Used by one
// thread.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "base/worker_thread.h"
#include "cli/run/live_view.h"
#include "cli/terminal/progress.h"
#include "engine/pipeline.h"
#include "rejects/open_rejects.h"
#include "results/lag_watcher.h"
#include "results/snapshot.h"

namespace salestream::cli {

struct DisplayOptions {
  bool live = false;   // in place, on a terminal
  bool quiet = false;  // nothing at all
  bool until_end = false;
  std::chrono::milliseconds interval{1000};
  store::PageLimit limit;  // of a table; its bytes are also those of its text
};

class RunDisplay {
 public:
  using Clock = std::chrono::steady_clock;

  // `lag` may be nullptr: a source without an end; and `open_rejects`, where the display is quiet. All of them outlive
  // the display.
  RunDisplay(LiveView view, DisplayOptions options, const engine::Pipeline& pipeline, results::SnapshotReader reader,
             results::LagWatcher* lag, rejects::OpenRejects* open_rejects);
  ~RunDisplay();
  RunDisplay(const RunDisplay&) = delete;
  RunDisplay& operator=(const RunDisplay&) = delete;

  // Shows what is new, if it is time to. False: nobody reads the output any more, or it can't be written (see error()).
  bool refresh();
  // When refresh() has something to do again.
  Clock::time_point next_refresh() const { return next_refresh_; }

  // After the run: the bar and the live table go, the final table and a line about the whole stay.
  bool finish(bool clean);

  // Why the output can't be written; nothing when it can, or when its reader is gone.
  const std::optional<base::Error>& error() const { return error_; }

  void set_stopping() { is_stopping_ = true; }
  // After Ctrl+Z and `fg`.
  void continue_below();

 private:
  void read_when_due(Clock::time_point now);
  void take_reading(std::chrono::milliseconds wait);  // if there is one
  void look_at_freshness(Clock::time_point now);
  void measure_rate(Clock::time_point now, std::int64_t orders);
  Progress progress(Clock::time_point now) const;
  bool print(const std::string& text);
  std::string tables_text(const results::Snapshot& snapshot) const;

  const DisplayOptions options_;
  const engine::Pipeline& pipeline_;
  results::SnapshotReader reader_;
  results::LagWatcher* const lag_;
  rejects::OpenRejects* const open_rejects_;
  const Clock::time_point started_ = Clock::now();

  LiveView view_;
  std::unique_ptr<ScreenBlock> block_;          // live only
  std::unique_ptr<ProgressReporter> reporter_;  // --until-end, where the live table doesn't show it
  const bool color_;

  // The reading thread's while it is busy.
  std::optional<base::Result<results::Snapshot>> reading_;

  bool is_stopping_ = false;
  bool is_first_read_ = true;
  bool has_snapshot_ = false;
  bool has_new_snapshot_ = false;
  bool is_unreadable_ = false;  // the last try failed
  bool said_unreadable_ = false;
  Clock::time_point read_at_{};
  Clock::duration read_took_{};
  Clock::time_point next_read_{};
  Clock::time_point next_refresh_{};
  std::deque<std::pair<Clock::time_point, std::int64_t>> orders_at_;  // of the last kRateWindow
  std::string printed_;                                               // the last complete table
  std::optional<base::Error> error_;
  base::WorkerThread reading_thread_;  // last: it uses the others
};

}  // namespace salestream::cli
