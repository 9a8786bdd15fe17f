// SPDX-License-Identifier: Apache-2.0
#include "engine/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "base/logging.h"
#include "base/retry.h"
#include "core/shape_hint.h"
#include "engine/cardinality.h"

namespace salestream::engine {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds kPollWait{50};
constexpr milliseconds kStopLook{100};           // at whether the run is to stop, while waiting for a flush
constexpr milliseconds kFullWait{20};            // for the flush that has to make room
constexpr milliseconds kWaitBeforePause{2'000};  // pausing discards what was fetched: not for a flush that is only slow
// Fewer messages than this in a batch: the source's end is near.
constexpr std::size_t kIdleBatchMessages = 256;
// Changed cells that wait for a flush; from half of it on a flush begins at once.
constexpr std::size_t kMaxChangedCells = 50'000;

}  // namespace

Worker::Worker(Parts parts, std::unique_ptr<store::Session> cell_session, std::unique_ptr<Flusher> flusher)
    : parts_(std::move(parts)),
      cell_session_(std::move(cell_session)),
      flusher_(std::move(flusher)),
      tally_(parts_.definition, *cell_session_, parts_.limits.cells_in_memory_bytes / parts_.limits.workers),
      assignment_({parts_.definition.deduplicate, parts_.limits.reject_limit, parts_.source_name, parts_.targets,
                   parts_.recall_rejects}) {}

Worker::~Worker() = default;

base::Status Worker::run(source::Reader& source) {
  source_ = &source;
  base::Status status;
  while (status.ok() && !parts_.stop && !parts_.is_at_end && !source.is_finished()) status = step(source);
  // Also after an error: what was counted before it is true, and belongs into the store.
  if (!status.ok() && status.error().kind != base::ErrorKind::kRetriable) flusher_->give_up_retrying();
  const base::Status flushed = flush_everything();
  const base::Status closed = source.close();
  source_ = nullptr;
  publish();
  {
    const base::MutexLock lock(published_mutex_);
    published_.is_finished = true;
  }
  if (!status.ok()) return status;
  if (!flushed.ok()) return flushed;
  return closed;
}

base::Status Worker::step(source::Reader& source) {
  parts_.heartbeat->beat();
  SALESTREAM_TRY(read_batch(source));
  if (batch_stage_ != BatchStage::kCounted) SALESTREAM_TRY(count_batch());
  SALESTREAM_TRY(take_finished_flush(is_full() ? kFullWait : milliseconds(0)));
  if (!flusher_->is_busy() && wants_flush()) begin_flush(take_snapshot());
  warn_of_cardinality();
  publish();
  return {};
}

// Backpressure is not reading. If it lasts, the group still has to hear from us.
base::Status Worker::read_batch(source::Reader& source) {
  const auto now = parts_.clock();
  const bool must_wait = is_full() || batch_stage_ != BatchStage::kCounted;
  if (!must_wait) waiting_since_ = now;
  const bool must_pause = now - waiting_since_ >= kWaitBeforePause;
  if (must_pause != is_paused_) source.set_paused(is_paused_ = must_pause);
  if (!must_wait) {
    SALESTREAM_TRY(source.poll(batch_, kPollWait));
    batch_stage_ = BatchStage::kRead;
  } else if (must_pause) {
    core::MessageBatch fresh;
    SALESTREAM_TRY(source.poll(fresh, milliseconds(0)));
    // Nothing comes of paused partitions. But in there we may have lost them and what we held of them, and got others,
    // which are not paused, with their first messages: those must not be passed over.
    if (!fresh.messages().empty()) {
      SALESTREAM_CHECK(batch_stage_ == BatchStage::kCounted);
      batch_ = std::move(fresh);
      batch_stage_ = BatchStage::kRead;
    }
  }
  return {};
}

// A slice of it at a time, mostly all of it; between two of them there may be no room.
base::Status Worker::count_batch() {
  was_idle_ = batch_.messages().size() < kIdleBatchMessages;
  if (batch_stage_ == BatchStage::kRead) marks_.begin(batch_, tally_.decode(batch_));
  if (batch_stage_ == BatchStage::kSliced && is_full()) return {};
  if (batch_stage_ != BatchStage::kMarked) {
    SALESTREAM_TRY(marks_.mark_slice(assignment_, {parts_.limits.keys_at_once_bytes, most_reject_bytes()}));
    batch_stage_ = BatchStage::kMarked;
  }
  return count_slice();
}

// Nothing of a slice counts before all of it can: its cells may have to be loaded, and the store may be unavailable.
// Then it stays, and the next step tries again, with the same marks.
base::Status Worker::count_slice() {
  if (!batch_.messages().empty()) {
    SALESTREAM_ASSIGN(const bool is_folded, fold_batch());
    if (!is_folded) return {};
    count_messages();
    tally_.cells().evict();
  }
  batch_stage_ = marks_.is_done() ? BatchStage::kCounted : BatchStage::kSliced;
  if (batch_stage_ == BatchStage::kSliced) return {};
  // After all of the batch was counted: what is true of it is saved also when the run ends here.
  SALESTREAM_TRY(assignment_.check_rejects());
  SALESTREAM_TRY(assignment_.note_ends(batch_.reached_ends()));
  batch_.clear();  // the next one may come only when a flush has ended, and this one may be large
  return {};
}

void Worker::warn_of_cardinality() {
  if (parts_.is_cardinality_said == nullptr || !outgrows_memory(tally_.cells())) return;
  if (parts_.is_cardinality_said->exchange(true)) return;
  if (const auto said = describe_cardinality(parts_.definition, tally_.cells())) base::log_warning(*said);
}

// False: the store did not give the cells, and nothing was folded.
base::Result<bool> Worker::fold_batch() {
  parts_.heartbeat->begin(StoreWork::kLoad);  // until it works
  base::Status folded = tally_.fold(batch_, marks_);
  if (folded.ok()) {
    parts_.heartbeat->end(StoreWork::kLoad);
    return true;
  }
  if (folded.error().kind != base::ErrorKind::kRetriable) return std::move(folded).error();
  parts_.heartbeat->count_retry(StoreWork::kLoad);
  parts_.warnings.write(base::LogLevel::kWarning, folded.error().message + "; nothing more is read until it works");
  flusher_->pause();
  return false;
}

void Worker::count_messages() {
  const core::Counters counted = assignment_.count_batch(batch_);
  status_.counters += counted;
  const std::int64_t now_ms = base::wall_clock_ms();
  const std::vector<core::Message>& messages = batch_.messages();
  for (std::size_t i = marks_.slice_begin(); i < marks_.slice_end(); ++i) {
    const BatchMarks::Mark& mark = marks_[i];
    if (mark.partition == nullptr) continue;
    unflushed_.add(messages[i], now_ms);
    std::optional<RejectWindow>& window = mark.partition->rejects;
    if (mark.kind == BatchMarks::Kind::kReject) {
      const decode::DecodedReject& reject = marks_.decoded().rejects[mark.place];
      keep_reject(messages[i], reject);
      if (window) window->add_reject(messages[i].offset, reject.reason);
    } else if (window) {
      window->add_good();
    }
  }
}

void Worker::keep_reject(const core::Message& message, const decode::DecodedReject& reject) {
  core::Reject kept;
  kept.partition = message.partition;
  kept.offset = message.offset;
  kept.timestamp_ms = message.timestamp_ms;
  kept.reason = reject.reason;
  kept.detail = reject.detail;
  kept.key = std::string(batch_.key_of(message));
  kept.message = std::string(batch_.payload_of(message));
  kept.is_null = message.is_null;
  unflushed_.add_reject(std::move(kept));
  if (parts_.reject_examples != nullptr) parts_.reject_examples->note(reject.reason, reject.detail);
  parts_.reject_warnings.write(
      base::LogLevel::kWarning,
      fmt::format("rejected: {} partition {} offset {}: {}: {}", parts_.source_name, message.partition, message.offset,
                  core::name_of(reject.reason), reject.detail),
      {{"partition", message.partition}, {"offset", message.offset}, {"reason", core::name_of(reject.reason)}});
  if (message.offset <= static_cast<core::Offset>(core::kByteOrderMark.size())) say_what_it_looks_like(message);
}

// The first line of all tells what the others will be rejected for, too; among the warnings above it may be left out.
void Worker::say_what_it_looks_like(const core::Message& message) const {
  if (parts_.is_shape_said == nullptr) return;
  const std::string hint = core::shape_hint(batch_.payload_of(message));
  if (!hint.empty() && !parts_.is_shape_said->exchange(true))
    base::log_warning(fmt::format("{}: its first message is no order. {}", parts_.source_name, hint));
}

bool Worker::is_full() const {
  const CellCache& cells = tally_.cells();
  return cells.changed_cells() >= kMaxChangedCells ||
         (unflushed_.has_rejects() && unflushed_.reject_bytes() >= most_reject_bytes()) ||
         unflushed_.reject_bytes() + reject_bytes_in_flush_ >= parts_.limits.rejects_in_memory_bytes ||
         (cells.bytes() > cells.limit_bytes() && flusher_->is_busy());
}

bool Worker::wants_flush() const {
  if (!assignment_.has_changes()) return false;
  const auto since = parts_.clock() - last_flush_began_;
  const CellCache& cells = tally_.cells();
  if (is_full() || cells.changed_cells() >= kMaxChangedCells / 2 || cells.bytes() > cells.limit_bytes()) return true;
  // Near the end of the source nothing is gained by waiting for more.
  return was_idle_ || since >= milliseconds(parts_.limits.flush_interval_ms);
}

FlushSnapshot Worker::take_snapshot() {
  FlushSnapshot snapshot;
  snapshot.changes = tally_.cells().take_changes();
  snapshot.progress = assignment_.take_changes();
  reject_bytes_in_flush_ = unflushed_.reject_bytes();
  unflushed_.move_into(snapshot);
  return snapshot;
}

void Worker::begin_flush(FlushSnapshot snapshot) {
  last_flush_began_ = parts_.clock();
  messages_in_flush_ = snapshot.messages;
  flusher_->start(std::move(snapshot));
}

base::Status Worker::take_finished_flush(milliseconds wait) {
  auto finished = flusher_->finished(wait);
  if (!finished) return {};
  reject_bytes_in_flush_ = 0;
  if (!finished->status.ok()) {
    has_failed_ = true;
    return std::move(finished->status);
  }
  messages_in_flush_ = 0;
  tally_.cells().changes_stored();
  tally_.cells().evict();
  status_.messages_stored += finished->snapshot.messages;
  ++status_.flushes;
  measurements_.flush_seconds.observe(finished->took.count());
  measurements_.flush_messages.observe(static_cast<double>(finished->snapshot.messages));
  if (finished->ended_ms > 0) finished->snapshot.times.observe(finished->ended_ms, measurements_.latency_seconds);
  assignment_.note_stored(finished->snapshot.progress);
  if (source_ != nullptr) source_->commit(finished->snapshot.progress);
  return {};
}

// Waits for the flush that is under way, and then for one of all the rest. After a flush has failed for good nothing
// more is written: what it held is the store's beginning of everything later.
base::Status Worker::flush_everything() {
  if (has_failed_) return {};
  for (int round = 0; round < 2; ++round) {
    while (flusher_->is_busy()) {
      parts_.heartbeat->beat();
      if (parts_.stop) flusher_->give_up_retrying();
      SALESTREAM_TRY(take_finished_flush(kStopLook));
    }
    if (round == 1) break;
    FlushSnapshot snapshot = take_snapshot();
    if (snapshot.empty()) break;
    begin_flush(std::move(snapshot));
  }
  publish();
  return {};
}

// A store that is unavailable is waited for. The group may time this worker out meanwhile and give its partitions to
// others, which the replay guard makes harmless.
template <typename Attempt>
auto Worker::ask_store(const Attempt& attempt) -> decltype(attempt()) {
  const base::RetryHooks hooks{.gives_up = [this] { return parts_.stop.load(); },
                               .before_pause =
                                   [this](const base::Error& error) {
                                     parts_.heartbeat->count_retry(StoreWork::kProgress);
                                     parts_.warnings.write(base::LogLevel::kWarning,
                                                           error.message + "; nothing is read until it works");
                                   },
                               .pause =
                                   [this](milliseconds) {
                                     flusher_->pause();  // for as long as it pauses between two attempts of its own
                                     return true;
                                   }};
  parts_.heartbeat->begin(StoreWork::kProgress);
  auto answer = base::retry({.first_pause = milliseconds(0)}, hooks, [&] {
    parts_.heartbeat->beat();
    return attempt();
  });
  parts_.heartbeat->end(StoreWork::kProgress);
  return answer;
}

base::Result<std::vector<source::ResumePoint>> Worker::on_assigned(const std::vector<core::PartitionId>& partitions) {
  SALESTREAM_ASSIGN(const std::vector<core::PartitionProgress> stored,
                    ask_store([&] { return cell_session_->read_progress(); }));
  std::vector<source::ResumePoint> points;
  for (const core::PartitionId id : partitions) {
    source::ResumePoint point{.partition = id, .window_may_be_short = parts_.accept_short_window};
    const auto found = std::find_if(stored.begin(), stored.end(), [&](const auto& p) { return p.partition == id; });
    if (found != stored.end()) {
      point.progress = *found;
    } else {
      tally_.cells().set_read_from_start(id);
    }
    SALESTREAM_TRY(ask_store([&] { return assignment_.add(id, point.progress); }));
    points.push_back(std::move(point));
  }
  assignment_.complete();
  publish();
  return points;
}

base::Status Worker::on_revoked() {
  const base::Status status = flush_everything();
  forget_partitions();
  return status;
}

void Worker::on_lost() {
  // What is under way may end as it likes: the replay guard keeps it from changing anything, and so does what its new
  // owner writes.
  while (flusher_->is_busy()) {
    parts_.heartbeat->beat();
    if (parts_.stop) flusher_->give_up_retrying();
    flusher_->finished(kStopLook);
  }
  forget_partitions();
}

void Worker::forget_partitions() {
  tally_.cells().clear();
  unflushed_.clear();
  messages_in_flush_ = 0;
  reject_bytes_in_flush_ = 0;
  marks_.clear();
  batch_stage_ = BatchStage::kCounted;
  parts_.heartbeat->end(StoreWork::kLoad);
  assignment_.clear();
  is_paused_ = false;  // what comes next is assigned afresh
  publish();
}

void Worker::measure_cells() {
  const CellCache& cells = tally_.cells();
  measurements_.cells = static_cast<std::int64_t>(cells.cells());
  measurements_.changed_cells = static_cast<std::int64_t>(cells.changed_cells());
  measurements_.cell_bytes = cells.bytes();
  measurements_.cell_limit_bytes = cells.limit_bytes();
  measurements_.cell_misses = tally_.misses();
  measurements_.cell_evictions = cells.evictions();
}

void Worker::publish() {
  assignment_.describe(status_);
  status_.messages_unsaved = unflushed_.messages() + messages_in_flush_;
  measure_cells();
  std::optional<std::vector<LogFingerprint>> fingerprints = assignment_.take_new_fingerprints();
  const base::MutexLock lock(published_mutex_);
  published_.status = status_;
  published_.has_assignment = assignment_.is_complete();
  published_.partitions = assignment_.partitions();
  published_.is_at_targets = assignment_.are_targets_met();
  published_measurements_ = measurements_;
  if (fingerprints) published_fingerprints_ = *std::move(fingerprints);
}

Worker::State Worker::state() const {
  const base::MutexLock lock(published_mutex_);
  return published_;
}

Measurements Worker::measurements() const {
  Measurements published = [this] {
    const base::MutexLock lock(published_mutex_);
    return published_measurements_;
  }();
  for (std::size_t i = 0; i < kStoreWorkCount; ++i)
    published.store_retries[i] = parts_.heartbeat->retries(static_cast<StoreWork>(i));
  return published;
}

std::vector<LogFingerprint> Worker::fingerprints() const {
  const base::MutexLock lock(published_mutex_);
  return published_fingerprints_;
}

}  // namespace salestream::engine
