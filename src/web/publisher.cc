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
constexpr milliseconds kForever = std::chrono::hours(24);
constexpr int kReadingShare = 20;  // reading the store takes at most one part in so many

TableView view_of(const core::TotalsTable& definition, store::TotalsPage page) {
  TableView view;
  view.all_rows = page.all_rows;
  view.sum = page.sum;
  view.rows.reserve(page.rows.size());
  for (core::TotalsRow& row : page.rows) {
    view.rows.push_back({results::cells_of(definition, row), row.measures});
    std::string().swap(row.key);  // not all names twice
  }
  return view;
}

}  // namespace

base::Result<Publisher::Readers> Publisher::open_readers(const core::Definition& definition, store::Store& store) {
  SALESTREAM_ASSIGN(auto totals, results::SnapshotReader::open(definition, store));
  SALESTREAM_ASSIGN(auto progress, results::SnapshotReader::open(definition, store));
  return Readers{std::move(totals), std::move(progress)};
}

Publisher::Publisher(Parts parts, Readers readers, Intervals intervals)
    : parts_(std::move(parts)), intervals_(intervals), readers_(std::move(readers)) {
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
    if (parts_.lag != nullptr) next_.is_source_silent = parts_.lag->is_source_silent();
    take_reading({});
    if (is_time_to_read(now)) {
      begin_to_read(now);
      take_reading(intervals_.view / 2);  // most stores answer before anybody notices
    }
    look_at_progress(Clock::now());
    publish(results::freshness_of(facts(Clock::now())));
  }
  // The last view has what is in the store now.
  take_reading(kForever);
  take_look(kForever);
  if (read_took_ < kLastReadLimit) {
    begin_to_read(Clock::now());
    take_reading(kForever);
  }
  publish(results::Freshness::kEnded);
}

bool Publisher::is_time_to_read(Clock::time_point now) const {
  if (reading_thread_.is_busy()) return false;
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

void Publisher::begin_to_read(Clock::time_point now) {
  read_at_ = now;
  read_stored_ = parts_.status().messages_stored;
  reading_ = Reading{.look = new_look(now)};
  reading_thread_.start([this] { read(); });
}

Publisher::ProgressLook Publisher::new_look(Clock::time_point now) const {
  ProgressLook look{.began = now};
  // The source is asked first: what it had then and the store has now was complete then.
  if (parts_.lag != nullptr) {
    look.asked_at_ms = parts_.lag->asked_at_ms();
    look.ranges = parts_.lag->ranges().value_or(std::vector<source::PartitionRange>{});
  }
  return look;
}

void Publisher::read_progress(results::SnapshotReader& reader, ProgressLook& into) {
  const auto began = Clock::now();
  auto progress = reader.read_progress();
  if (progress.ok())
    into.progress = *std::move(progress);
  else
    into.status = std::move(progress).error();
  into.at_ms = base::wall_clock_ms();
  into.took = Clock::now() - began;
}

void Publisher::read() {
  const auto began = Clock::now();
  read_progress(readers_.totals, reading_.look);
  reading_.status = reading_.look.status;
  const std::vector<core::TotalsTable>& definitions = parts_.run_info->definition.totals;
  for (store::TableIndex i = 0; i < definitions.size() && reading_.status.ok(); ++i) {
    auto page = readers_.totals.read_totals(i, {.rows = kMaxViewRows, .bytes = kMaxViewBytes});
    if (page.ok())
      reading_.tables->push_back(view_of(definitions[i], *std::move(page)));
    else
      reading_.status = std::move(page).error();
  }
  reading_.at_ms = base::wall_clock_ms();
  reading_.took = Clock::now() - began;
}

void Publisher::take_reading(milliseconds wait) {
  if (!reading_thread_.is_busy() || !reading_thread_.finish_within(wait)) return;
  const auto former_took = std::exchange(read_took_, reading_.took);
  if (!reading_.status.ok()) {
    const std::string& problem = reading_.status.error().message;
    if (next_.problem.empty()) base::log_warning("the totals can't be read for the web page: " + problem);
    next_.problem = problem;
    return;
  }
  const bool has_former = next_.problem.empty() && former_took > Clock::duration::zero();
  usual_read_ = has_former ? std::min(former_took, read_took_) : read_took_;
  next_.problem.clear();
  show(reading_);
}

void Publisher::show(const Reading& reading) {
  next_.as_of_ms = reading.at_ms;
  next_.tables = reading.tables;
  const ProgressLook& look = reading.look;
  next_.counters = results::sum_of(look.progress);
  next_.complete = completeness_of(results::join(look.progress, look.ranges), look.asked_at_ms);
  read_lag_ = look.ranges.empty() ? std::nullopt : std::optional(results::lag_of(look.ranges, look.progress));
  shown_progress_ = look.progress;
  looked_at_ = std::max(looked_at_, look.began);
  look_took_ = look.took;
  show_lag(look);
}

// A table that takes a minute to read is read every twenty; how much is still to be counted is known in milliseconds.
void Publisher::look_at_progress(Clock::time_point now) {
  take_look({});
  if (parts_.lag == nullptr || look_thread_.is_busy()) return;
  const auto interval = parts_.is_watched() ? intervals_.view : intervals_.unwatched;
  if (now - std::max(read_at_, looked_at_) < std::max<Clock::duration>(interval, look_took_ * kReadingShare)) return;
  looked_at_ = now;
  look_ = new_look(now);
  look_thread_.start([this] { read_progress(readers_.progress, look_); });
  take_look(intervals_.view / 4);
}

void Publisher::take_look(milliseconds wait) {
  if (!look_thread_.is_busy() || !look_thread_.finish_within(wait)) return;
  if (!look_.status.ok()) return;  // the readings say it, and how long it took says nothing of the next one
  look_took_ = look_.took;
  show_lag(look_);
}

void Publisher::show_lag(const ProgressLook& look) {
  if (look.began < lag_began_) return;
  lag_began_ = look.began;
  next_.lag_as_of_ms = look.at_ms;
  next_.partitions = results::join(look.progress, look.ranges);
  next_.held_back = results::held_back_of(look.ranges);
  next_.lag.reset();
  next_.lag_seconds.reset();
  if (!look.ranges.empty()) {
    next_.lag = results::lag_of(look.ranges, look.progress);
    // Also where the source was silent when the totals were read: what it has had since is more, not less.
    if (!read_lag_) read_lag_ = results::lag_of(look.ranges, shown_progress_);
  }
  const Completeness complete = completeness_of(next_.partitions, look.asked_at_ms);
  if (complete.is_everything)
    next_.lag_seconds = 0;
  else if (complete.through_ms)
    next_.lag_seconds = std::max(0.0, static_cast<double>(look.at_ms - *complete.through_ms) / 1000);
}

results::FreshnessFacts Publisher::facts(Clock::time_point now) const {
  const engine::Health health = parts_.health();
  results::FreshnessFacts facts;
  facts.is_stopping = is_stopping_;
  facts.has_begun = health.has_begun && health.has_assignment;
  facts.is_store_read = next_.as_of_ms > 0;
  facts.is_store_failing = !next_.problem.empty();
  const auto look = reading_thread_.is_busy() ? std::optional<results::Seconds>(now - read_at_) : std::nullopt;
  facts.store_wait = results::store_wait_of(health.store_wait, look, usual_read_);
  facts.has_end = parts_.lag != nullptr;
  facts.is_source_silent = next_.is_source_silent;
  // The totals that are shown may lack what the store has by now.
  if (next_.lag && read_lag_) facts.lag = std::max(*next_.lag, *read_lag_);
  facts.held_back = next_.held_back;
  return facts;
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

void Publisher::publish(results::Freshness freshness) {
  if (parts_.open_rejects != nullptr && next_.as_of_ms > 0)
    next_.resent = parts_.open_rejects->count(next_.counters.all_rejects());
  if (freshness != next_.freshness || next_.freshness_since_ms == 0) {
    next_.freshness = freshness;
    next_.freshness_since_ms = base::wall_clock_ms();
  }
  auto view = std::make_shared<const View>(next_);
  {
    const base::MutexLock lock(mutex_);
    view_ = view;
  }
  parts_.on_view(*view);
}

}  // namespace salestream::web
