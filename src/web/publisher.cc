// SPDX-License-Identifier: Apache-2.0
#include "web/publisher.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/logging.h"

namespace salestream::web {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLastReadLimit{500};  // a table that takes longer is not read once more when the run ends
constexpr int kReadingShare = 20;            // reading the store takes at most one part in so many

TableView view_of(const core::TotalsTable& definition, const store::TotalsPage& page) {
  TableView view;
  view.all_rows = page.all_rows;
  view.sum = page.sum;
  std::size_t bytes = 0;
  for (const core::TotalsRow& row : page.rows) {
    bytes += row.key.size();
    if (bytes > kMaxViewBytes) break;
    view.rows.push_back({results::cells_of(definition, row), row.measures});
  }
  return view;
}

}  // namespace

Publisher::Publisher(Parts parts, results::SnapshotReader reader, Intervals intervals)
    : parts_(std::move(parts)), intervals_(intervals), reader_(std::move(reader)) {
  next_.run_info = parts_.run_info;
  view_ = std::make_shared<const View>(next_);
}

void Publisher::start() {
  thread_.start([this] { work(); });
}

std::shared_ptr<const View> Publisher::view() const {
  const base::MutexLock lock(mutex_);
  return view_;
}

bool Publisher::finish_within(milliseconds wait) { return !thread_.is_busy() || thread_.stop_within(wait); }

void Publisher::work() {
  for (; !thread_.is_interrupted(); thread_.pause(intervals_.view)) {
    const auto now = Clock::now();
    measure_rate(now);
    if (is_time_to_read(now)) read(now);
    publish(is_stopping_ ? Phase::kStopping : parts_.status().caught_up ? Phase::kCaughtUp : Phase::kReading);
  }
  if (read_took_ < kLastReadLimit) read(Clock::now());
  publish(Phase::kEnded);
}

bool Publisher::is_time_to_read(Clock::time_point now) const {
  if (read_at_ == Clock::time_point{}) return true;
  const auto since = now - read_at_;
  // A read that failed says nothing of how long the next one takes, and it is asked for sooner: somebody may wait for
  // it.
  if (!next_.problem.empty()) return since >= read_took_ + intervals_.others;
  if (since < usual_read_ * kReadingShare) return false;
  // A little less than the interval, so that a tick that comes early doesn't skip a turn.
  const auto has_passed = [&](milliseconds interval) { return since >= interval - intervals_.view / 10; };
  if (parts_.status().messages_stored == read_stored_) return has_passed(intervals_.others);
  return has_passed(parts_.is_watched() ? intervals_.view : intervals_.unwatched);
}

void Publisher::read(Clock::time_point now) {
  read_at_ = now;
  read_stored_ = parts_.status().messages_stored;
  // The source is asked first: what it had then and the store has now was complete then.
  std::vector<source::PartitionRange> ranges;
  std::int64_t asked_at_ms = 0;
  if (parts_.lag != nullptr) {
    next_.is_source_silent = parts_.lag->is_source_silent();
    asked_at_ms = parts_.lag->asked_at_ms();
    ranges = parts_.lag->ranges().value_or(std::vector<source::PartitionRange>{});
  }
  auto progress = reader_.read_progress();
  base::Status failed = progress.ok() ? base::Status() : progress.error();
  auto tables = std::make_shared<std::vector<TableView>>();
  const std::vector<core::TotalsTable>& definitions = parts_.run_info->definition.totals;
  for (store::TableIndex i = 0; i < definitions.size() && failed.ok(); ++i) {
    const auto page = reader_.read_totals(i, kMaxViewRows);
    if (page.ok())
      tables->push_back(view_of(definitions[i], *page));
    else
      failed = page.error();
  }
  const auto former_took = std::exchange(read_took_, Clock::now() - now);
  if (!failed.ok()) {
    if (next_.problem.empty())
      base::log_warning("the totals can't be read for the web page: " + failed.error().message);
    next_.problem = failed.error().message;
    return;
  }
  const bool has_former = next_.problem.empty() && former_took > Clock::duration::zero();
  usual_read_ = has_former ? std::min(former_took, read_took_) : read_took_;
  next_.problem.clear();
  next_.as_of_ms = base::wall_clock_ms();
  next_.tables = std::move(tables);
  next_.counters = results::sum_of(*progress);
  next_.partitions = results::join(*progress, ranges);
  next_.complete = completeness_of(next_.partitions, asked_at_ms);
  next_.lag.reset();
  next_.lag_seconds.reset();
  if (!ranges.empty()) next_.lag = results::lag_of(ranges, *progress);
  if (next_.complete.is_everything)
    next_.lag_seconds = 0;
  else if (next_.complete.through_ms)
    next_.lag_seconds = std::max(0.0, static_cast<double>(next_.as_of_ms - *next_.complete.through_ms) / 1000);
}

void Publisher::measure_rate(Clock::time_point now) {
  const double seconds = std::chrono::duration<double>(now - rated_at_).count();
  if (seconds < 0.5) return;  // the first tick
  const std::int64_t orders = parts_.status().counters.orders;
  next_.rate.push_back({base::wall_clock_ms(), static_cast<double>(orders - rated_orders_) / seconds});
  if (next_.rate.size() > kMaxRatePoints) next_.rate.erase(next_.rate.begin());
  rated_at_ = now;
  rated_orders_ = orders;
}

void Publisher::publish(Phase phase) {
  next_.phase = phase;
  auto view = std::make_shared<const View>(next_);
  {
    const base::MutexLock lock(mutex_);
    view_ = view;
  }
  parts_.on_view(*view);
}

}  // namespace salestream::web
