// SPDX-License-Identifier: Apache-2.0
#include "cli/run/display.h"

#include <errno.h>
#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>

#include "base/logging.h"
#include "cli/terminal/console_text.h"
#include "cli/terminal/log_view.h"
#include "cli/terminal/text.h"
#include "results/partitions.h"

namespace salestream::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRedrawInterval{250};    // of what costs nothing to know, such as progress
constexpr milliseconds kFirstLookInterval{20};  // until there is something to show
constexpr milliseconds kFirstLookLimit{3000};   // an empty topic is not worth looking that often
constexpr milliseconds kUsualRead{100};         // most stores answer sooner: what they have is shown at once
constexpr milliseconds kReadingLook{50};        // at whether a slow one has answered
constexpr milliseconds kForever = std::chrono::hours(24);
constexpr milliseconds kOpenRejectsWait{1000};  // at the end, of a run that is over before anybody has looked
constexpr std::chrono::seconds kRateWindow{5};
constexpr int kReadingShare = 20;  // reading the store takes at most one part in so many

double seconds_between(RunDisplay::Clock::time_point from, RunDisplay::Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

RunDisplay::RunDisplay(LiveView view, DisplayOptions options, const engine::Pipeline& pipeline,
                       results::SnapshotReader reader, results::LagWatcher* lag, rejects::OpenRejects* open_rejects)
    : options_(options),
      pipeline_(pipeline),
      reader_(std::move(reader)),
      lag_(lag),
      open_rejects_(open_rejects),
      view_(std::move(view)),
      color_(wants_color(STDOUT_FILENO)) {
  if (options_.quiet) return;
  if (options_.live) {
    block_ = std::make_unique<ScreenBlock>(STDOUT_FILENO);
    if (is_live_terminal(STDERR_FILENO)) show_log_above(*block_);
  }
  if (options_.until_end && !(block_ && is_live_terminal(STDERR_FILENO)))
    reporter_ = std::make_unique<ProgressReporter>(for_terminal(view_.pipeline));
}

RunDisplay::~RunDisplay() {
  if (!block_) return;
  base::set_log_sink(nullptr);
  block_->clear();
}

void RunDisplay::continue_below() {
  if (block_) block_->leave();
  if (reporter_ && reporter_->block()) reporter_->block()->leave();
}

bool RunDisplay::refresh() {
  const auto now = Clock::now();
  if (options_.quiet) {
    next_refresh_ = now + std::chrono::hours(1);
    return true;
  }
  read_when_due(now);
  if (reporter_) reporter_->update(progress(now));
  bool ok = true;
  if (block_) {
    look_at_freshness(now);
    view_.resent = open_rejects_->count(view_.snapshot.counters.all_rejects());
    if (options_.until_end) view_.progress = progress_bar(progress(now), terminal_size(STDOUT_FILENO).width_columns);
    ok = block_->draw(live_lines(view_, terminal_size(STDOUT_FILENO), color_));
    if (!ok) error_.reset();  // the terminal is gone: no one would read it
  } else if (has_new_snapshot_) {
    open_rejects_->count(view_.snapshot.counters.all_rejects());  // so that it is known at the end
    std::string text = tables_text(view_.snapshot);
    const bool has_rows = std::any_of(view_.snapshot.tables.begin(), view_.snapshot.tables.end(),
                                      [](const results::ShownTable& table) { return table.all_rows > 0; });
    if (has_rows && text != printed_) {
      ok = print(text + '\n');
      printed_ = std::move(text);
    }
  }
  has_new_snapshot_ = false;
  next_refresh_ = block_ || reporter_ ? std::min(next_read_, now + kRedrawInterval) : next_read_;
  if (reading_thread_.is_busy()) next_refresh_ = Clock::now() + kReadingLook;
  return ok;
}

void RunDisplay::read_when_due(Clock::time_point now) {
  take_reading({});
  if (reading_thread_.is_busy() || now < next_read_) return;
  // The first total should be there as soon as it is stored; whether it is costs nothing to know.
  const bool is_early = is_first_read_ && now - started_ < kFirstLookLimit;
  if (is_early && pipeline_.status().messages_stored == 0 && has_snapshot_) {
    next_read_ = now + kFirstLookInterval;
    return;
  }
  read_at_ = now;
  reading_thread_.start([this] { reading_ = reader_.read(options_.limit); });
  take_reading(kUsualRead);
}

void RunDisplay::take_reading(milliseconds wait) {
  if (!reading_thread_.is_busy() || !reading_thread_.finish_within(wait)) return;
  const auto now = Clock::now();
  read_took_ = now - read_at_;
  is_unreadable_ = !reading_->ok();
  if (reading_->ok()) {
    view_.snapshot = *std::move(*reading_);
    has_snapshot_ = has_new_snapshot_ = true;
    if (pipeline_.status().messages_stored > 0) is_first_read_ = false;
  } else if (!said_unreadable_) {
    // The run itself goes on, and says so itself when it can't.
    base::log_warning("the totals can't be read to show them: " + reading_->error().message);
    said_unreadable_ = true;
  }
  const bool is_early = is_first_read_ && now - started_ < kFirstLookLimit;
  const auto pause = std::chrono::duration_cast<milliseconds>(read_took_) * kReadingShare;
  next_read_ = now + std::max(is_early ? kFirstLookInterval : options_.interval, pause);
}

void RunDisplay::look_at_freshness(Clock::time_point now) {
  const engine::RunStatus status = pipeline_.status();
  const engine::Health health = pipeline_.health();
  measure_rate(now, status.counters.orders);
  view_.being_saved = status.messages_unsaved;
  results::FreshnessFacts facts;
  facts.is_stopping = is_stopping_;
  facts.has_begun = health.has_begun && health.has_assignment;
  facts.is_store_read = has_snapshot_;
  facts.is_store_failing = is_unreadable_;
  const auto look = reading_thread_.is_busy() ? std::optional<results::Seconds>(now - read_at_) : std::nullopt;
  facts.store_wait = results::store_wait_of(health.store_wait, look, read_took_);
  facts.has_end = lag_ != nullptr;
  if (lag_ != nullptr) {
    facts.is_source_silent = lag_->is_source_silent();
    if (const auto ranges = lag_->ranges()) {
      facts.lag = results::lag_of(*ranges, view_.snapshot.progress);
      facts.held_back = results::held_back_of(*ranges);
    }
  }
  view_.freshness = results::freshness_of(facts);
  view_.lag = facts.lag.value_or(0);
  view_.held_back = facts.held_back;
}

// Of what this process counts, as the page has it: what is in the store grows by leaps.
void RunDisplay::measure_rate(Clock::time_point now, std::int64_t orders) {
  orders_at_.emplace_back(now, orders);
  while (orders_at_.size() > 2 && now - orders_at_.front().first > kRateWindow) orders_at_.pop_front();
  const double seconds = seconds_between(orders_at_.front().first, now);
  view_.orders_per_second = seconds > 0 ? static_cast<double>(orders - orders_at_.front().second) / seconds : 0;
}

Progress RunDisplay::progress(Clock::time_point now) const {
  const engine::RunStatus status = pipeline_.status();
  Progress progress{.done = status.counters.messages, .elapsed_seconds = seconds_between(started_, now)};
  if (status.position_total > 0)
    progress.fraction = static_cast<double>(status.position_done) / static_cast<double>(status.position_total);
  return progress;
}

bool RunDisplay::print(const std::string& text) {
  const bool above_bar = reporter_ && reporter_->block() && isatty(STDOUT_FILENO) != 0;
  if (above_bar ? reporter_->block()->print_above(text) : write_all(STDOUT_FILENO, text)) return true;
  if (errno != EPIPE && errno != EIO)
    error_ = base::failure(fmt::format("the table can't be written to standard output: {}", strerror(errno)));
  return false;
}

std::string RunDisplay::tables_text(const results::Snapshot& snapshot) const {
  TableStyle style = style_for(STDOUT_FILENO);
  style.max_bytes = options_.limit.bytes;
  return to_console_text(snapshot.tables, style);
}

bool RunDisplay::finish(bool clean) {
  const auto now = Clock::now();
  if (options_.quiet) return true;
  if (block_) {
    base::set_log_sink(nullptr);
    block_->clear();
  }
  if (reporter_) reporter_->finish(progress(now));
  reporter_.reset();
  if (!clean) return true;
  take_reading(kForever);
  auto snapshot = reader_.read(options_.limit);
  if (!snapshot.ok()) {
    error_ = std::move(snapshot).error();
    error_->message = "all that was read is saved, but the totals can't be read to show them: " + error_->message;
    return false;
  }
  const bool ok = print(tables_text(*snapshot));
  const core::Counters counted = pipeline_.status().counters;
  const std::string duplicates =
      counted.duplicates > 0 ? fmt::format(", {} left out", count_of(counted.duplicates, "duplicate")) : "";
  const std::string left_out =
      counted.left_out() > 0 ? fmt::format(", {} left out", count_of(counted.left_out(), "message")) : "";
  const auto resent = open_rejects_->count_within(snapshot->counters.all_rejects(), kOpenRejectsWait);
  base::log_info(fmt::format("stopped cleanly: {} read in {}, {} counted{}{}; in the store: {}, {}",
                             count_of(counted.messages, "message"), duration_text(seconds_between(started_, now)),
                             count_of(counted.orders, "order"), duplicates, left_out,
                             count_of(snapshot->counters.orders, "order"), rejects_text(snapshot->counters, resent)),
                 {{"messages", counted.messages},
                  {"orders", counted.orders},
                  {"orders_in_store", snapshot->counters.orders},
                  {"rejects_in_store", snapshot->counters.all_rejects()},
                  {"open_rejects", resent ? std::optional(resent->open) : std::nullopt}});
  return ok;
}

}  // namespace salestream::cli
