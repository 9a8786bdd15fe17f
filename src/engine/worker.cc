// SPDX-License-Identifier: Apache-2.0
#include "engine/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace salestream::engine {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds kPollWait{50};
constexpr milliseconds kStopLook{100};  // at whether the run is to stop, while waiting for a flush
constexpr milliseconds kFullWait{20};   // for the flush that has to make room
constexpr milliseconds kWaitBeforePause{
    2'000};  // pausing throws away what was fetched: not for a flush that is only slow
// Fewer messages than this in a batch: the log's end is near.
constexpr std::size_t kIdleBatchMessages = 256;
// Changed cells that wait for a flush; from half of it on a flush begins at once.
constexpr std::size_t kMaxChangedCells = 50'000;

}  // namespace

Worker::Worker(Parts parts, std::unique_ptr<store::Session> cell_session, std::unique_ptr<Flusher> flusher)
    : parts_(std::move(parts)),
      cell_session_(std::move(cell_session)),
      flusher_(std::move(flusher)),
      tally_(parts_.definition, *cell_session_, parts_.limits.cells_in_memory_bytes / parts_.limits.workers),
      duplicates_(parts_.definition),
      reject_watch_(parts_.limits.reject_limit, parts_.log_name) {}

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
    const std::lock_guard lock(published_mutex_);
    published_.is_finished = true;
  }
  if (!status.ok()) return status;
  if (!flushed.ok()) return flushed;
  return closed;
}

base::Status Worker::step(source::Reader& source) {
  parts_.heartbeat->beat();
  // Backpressure is not reading. If it lasts, the group still has to hear from us.
  const auto now = parts_.clock();
  const bool must_wait = is_full() || has_uncounted_batch_;
  if (!must_wait) waiting_since_ = now;
  const bool must_pause = now - waiting_since_ >= kWaitBeforePause;
  if (must_pause != is_paused_) source.set_paused(is_paused_ = must_pause);
  if (!must_wait) {
    SALESTREAM_TRY(source.poll(batch_, kPollWait));
    has_uncounted_batch_ = true;
    duplicates_.begin_batch();
  } else if (must_pause) {
    core::MessageBatch fresh;
    SALESTREAM_TRY(source.poll(fresh, milliseconds(0)));
    // Nothing comes of paused partitions. But in there we may have lost them and what we held of them, and got others,
    // which are not paused, with their first messages: those must not be passed over.
    if (!fresh.messages().empty()) {
      SALESTREAM_CHECK(!has_uncounted_batch_);
      batch_ = std::move(fresh);
      has_uncounted_batch_ = true;
      duplicates_.begin_batch();
    }
  }
  if (has_uncounted_batch_) SALESTREAM_TRY(count_batch());
  SALESTREAM_TRY(take_finished_flush(is_full() ? kFullWait : milliseconds(0)));
  if (!flusher_->is_busy() && wants_flush()) {
    last_flush_began_ = parts_.clock();
    flusher_->start(take_snapshot());
  }
  publish();
  return {};
}

// Nothing of a batch counts before all of it can: its cells may have to be loaded, and the store may be away. Then the
// batch stays, and the next step tries again.
base::Status Worker::count_batch() {
  const std::vector<core::Message>& messages = batch_.messages();
  was_idle_ = messages.size() < kIdleBatchMessages;
  for (auto& [id, partition] : partitions_) partition.next_before_batch = partition.progress.next_offset;
  if (!messages.empty()) {
    SALESTREAM_TRY(choose_wanted());
    const decode::DecodedBatch& decoded = tally_.decode(batch_);
    is_counted_ = is_wanted_;
    duplicates_.leave_out(batch_, decoded, is_counted_);
    parts_.heartbeat->begin(StoreWork::kLoad);  // until it works
    base::Status folded = tally_.fold(batch_, decoded, is_counted_);
    if (!folded.ok()) {
      if (folded.error().kind != base::ErrorKind::kRetriable) return folded;
      parts_.heartbeat->count_retry(StoreWork::kLoad);
      parts_.warnings.write(base::LogLevel::kWarning, folded.error().message + "; nothing more is read until it works");
      flusher_->pause();
      return {};
    }
    parts_.heartbeat->end(StoreWork::kLoad);
    note_progress();
    count_orders(decoded);
    count_rejects(decoded);
    tally_.cells().evict();
    has_uncounted_batch_ = false;
    // After all of the batch was counted: what is true of it is saved also when the run ends here.
    SALESTREAM_TRY(reject_watch_.add(batch_, decoded, is_wanted_));
  }
  has_uncounted_batch_ = false;
  return note_ends();
}

// Only what continues a partition of ours counts: a message may come twice, or from before a rebalance.
base::Status Worker::choose_wanted() {
  const std::vector<core::Message>& messages = batch_.messages();
  is_wanted_.assign(messages.size(), 0);
  for (auto& [id, partition] : partitions_) partition.batch_next = partition.progress.next_offset;
  auto at = partitions_.end();
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const core::Message& message = messages[i];
    if (at == partitions_.end() || at->first != message.partition) at = partitions_.find(message.partition);
    if (at == partitions_.end()) continue;
    SALESTREAM_ASSIGN(const bool is_wanted, is_new(at->second, message));
    if (!is_wanted) continue;
    is_wanted_[i] = 1;
    at->second.batch_next = message.next_offset;
  }
  return {};
}

void Worker::note_progress() {
  const std::vector<core::Message>& messages = batch_.messages();
  const std::int64_t now_ms = duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  auto at = partitions_.end();
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (is_wanted_[i] == 0) continue;
    const core::Message& message = messages[i];
    if (at == partitions_.end() || at->first != message.partition) at = partitions_.find(message.partition);
    Partition& partition = at->second;
    if (partition.progress.last_offset == core::kNothingYet) {
      partition.progress.first_offset = message.offset;
      partition.progress.first_checksum = core::checksum(batch_.payload_of(message));
      has_new_fingerprints_ = true;
    }
    partition.progress.next_offset = message.next_offset;
    partition.progress.last_offset = message.offset;
    partition.progress.last_timestamp_ms = message.timestamp_ms;
    ++partition.progress.counters.messages;
    partition.last_in_batch = i;
    partition.is_changed = true;
    partition.has_reached_end = false;
    ++status_.counters.messages;
    ++messages_unflushed_;
    times_unflushed_.add(message.timestamp_ms, now_ms);
  }
  // One checksum a partition is enough: that of the last message.
  for (auto& [id, partition] : partitions_) {
    if (!partition.last_in_batch) continue;
    partition.progress.last_checksum = core::checksum(batch_.payload_of(messages[*partition.last_in_batch]));
    // Here, and not when a flush takes its snapshot: a batch that waits for its cells is in the window already.
    if (parts_.definition.deduplicate) partition.progress.window_offset = duplicates_.rebuilt_from(id);
    partition.last_in_batch.reset();
  }
}

void Worker::count_orders(const decode::DecodedBatch& decoded) {
  for (const decode::DecodedOrder& order : decoded.orders) {
    if (is_wanted_[order.message] == 0) continue;
    core::Counters& counters = partitions_.at(batch_.messages()[order.message].partition).progress.counters;
    if (is_counted_[order.message] == 0) {
      ++counters.duplicates;
      ++status_.counters.duplicates;
      continue;
    }
    const auto items = static_cast<std::int64_t>(order.items_end - order.items_begin);
    ++counters.orders;
    counters.items += items;
    counters.wrong_totals += order.wrong_total ? 1 : 0;
    ++status_.counters.orders;
    status_.counters.items += items;
    status_.counters.wrong_totals += order.wrong_total ? 1 : 0;
  }
}

// Whether a message continues its partition. The one at last_offset comes once more when reading begins, and whenever
// the source had to ask for its place again; it must be the same then.
base::Result<bool> Worker::is_new(Partition& partition, const core::Message& message) {
  const core::PartitionProgress& progress = partition.progress;
  if (message.offset >= partition.batch_next) {
    partition.is_resumed = false;
    return true;
  }
  // `progress` is that of the batches before this one, also when this one has gone beyond it.
  if (message.offset == progress.last_offset) {
    partition.is_resumed = false;
    if (core::checksum(batch_.payload_of(message)) != progress.last_checksum)
      return base::failure(fmt::format(
          "{} is not the log that the store has counted: partition {} has another message at offset {}. It was made anew "
          "or rewritten. If that is so and counting is to start over with it, use `salestream reset`; the totals in the "
          "store are those of the old log, and unchanged",
          parts_.log_name, progress.partition, progress.last_offset));
  }
  return false;
}

base::Status Worker::note_ends() {
  for (const core::ReachedEnd& reached : batch_.reached_ends()) {
    const auto found = partitions_.find(reached.partition);
    if (found == partitions_.end()) continue;
    Partition& partition = found->second;
    if (reached.end < partition.next_before_batch)
      return base::failure(fmt::format(
          "{} has become shorter than what was counted: partition {} ends at offset {}, and everything before {} is in the "
          "store. It was made anew or cut off. To count the new one from its beginning, use `salestream reset`; the totals "
          "in the store are unchanged",
          parts_.log_name, reached.partition, reached.end, partition.next_before_batch));
    // What came behind that end in the same batch was not there yet when it was seen.
    partition.has_reached_end = reached.end >= partition.progress.next_offset;
  }
  if (parts_.targets != nullptr) {
    for (auto& [id, partition] : partitions_) {
      const auto target = parts_.targets->find(id);
      // After a restart, being behind the target means something only once the log has shown that it is the same.
      const bool is_behind_target =
          target != parts_.targets->end() && partition.progress.next_offset >= target->second && !partition.is_resumed;
      partition.has_met_target = partition.has_met_target || partition.has_reached_end || is_behind_target;
    }
  }
  return {};
}

void Worker::count_rejects(const decode::DecodedBatch& decoded) {
  for (const decode::DecodedReject& reject : decoded.rejects) {
    if (is_wanted_[reject.message] == 0) continue;
    const core::Message& message = batch_.messages()[reject.message];
    const auto reason = static_cast<std::size_t>(reject.reason);
    ++partitions_.at(message.partition).progress.counters.rejects[reason];
    ++status_.counters.rejects[reason];
    keep_reject(message, reject);
    parts_.reject_warnings.write(
        base::LogLevel::kWarning,
        fmt::format("rejected: {} partition {} offset {}: {}: {}", parts_.log_name, message.partition, message.offset,
                    core::name_of(reject.reason), reject.detail),
        {{"partition", message.partition}, {"offset", message.offset}, {"reason", core::name_of(reject.reason)}});
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
  reject_bytes_ += static_cast<std::int64_t>(sizeof kept + kept.detail.size() + kept.key.size() + kept.message.size());
  rejects_.push_back(std::move(kept));
}

bool Worker::is_full() const {
  const CellCache& cells = tally_.cells();
  return cells.changed_cells() >= kMaxChangedCells ||
         (!rejects_.empty() && reject_bytes_ >= parts_.limits.rejects_in_memory_bytes / 2) ||
         (cells.bytes() > cells.limit_bytes() && flusher_->is_busy());
}

bool Worker::wants_flush() const {
  const bool has_changes =
      std::any_of(partitions_.begin(), partitions_.end(), [](const auto& entry) { return entry.second.is_changed; });
  if (!has_changes) return false;
  const auto since = parts_.clock() - last_flush_began_;
  const CellCache& cells = tally_.cells();
  if (is_full() || cells.changed_cells() >= kMaxChangedCells / 2 || cells.bytes() > cells.limit_bytes()) return true;
  // Near the end of the log nothing is gained by waiting for more.
  return was_idle_ || since >= milliseconds(parts_.limits.flush_interval_ms);
}

FlushSnapshot Worker::take_snapshot() {
  FlushSnapshot snapshot;
  snapshot.changes = tally_.cells().take_changes();
  snapshot.rejects = std::move(rejects_);
  rejects_.clear();
  reject_bytes_ = 0;
  for (auto& [id, partition] : partitions_) {
    if (!partition.is_changed) continue;
    snapshot.progress.push_back(partition.progress);
    partition.is_changed = false;
  }
  snapshot.messages = std::exchange(messages_unflushed_, 0);
  snapshot.times = std::exchange(times_unflushed_, {});
  return snapshot;
}

base::Status Worker::take_finished_flush(milliseconds wait) {
  auto finished = flusher_->finished(wait);
  if (!finished) return {};
  if (!finished->status.ok()) {
    has_failed_ = true;
    return std::move(finished->status);
  }
  tally_.cells().changes_stored();
  tally_.cells().evict();
  status_.messages_stored += finished->snapshot.messages;
  ++status_.flushes;
  measurements_.flush_seconds.observe(finished->took.count());
  measurements_.flush_messages.observe(static_cast<double>(finished->snapshot.messages));
  if (finished->ended_ms > 0) finished->snapshot.times.observe(finished->ended_ms, measurements_.latency_seconds);
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
    last_flush_began_ = parts_.clock();
    flusher_->start(std::move(snapshot));
  }
  publish();
  return {};
}

// A store that is away is waited for. The group may lose its patience meanwhile and give the partitions to others,
// which the replay guard makes harmless.
template <typename Attempt>
auto Worker::retry(const Attempt& attempt) -> decltype(attempt()) {
  parts_.heartbeat->begin(StoreWork::kProgress);
  for (;;) {
    parts_.heartbeat->beat();
    auto answer = attempt();
    if (answer.ok() || answer.error().kind != base::ErrorKind::kRetriable || parts_.stop) {
      parts_.heartbeat->end(StoreWork::kProgress);
      return answer;
    }
    parts_.heartbeat->count_retry(StoreWork::kProgress);
    parts_.warnings.write(base::LogLevel::kWarning, answer.error().message + "; nothing is read until it works");
    flusher_->pause();
  }
}

base::Result<std::vector<source::ResumePoint>> Worker::on_assigned(const std::vector<core::PartitionId>& partitions) {
  SALESTREAM_ASSIGN(const std::vector<core::PartitionProgress> stored,
                    retry([&] { return cell_session_->read_progress(); }));
  std::vector<source::ResumePoint> points;
  for (const core::PartitionId id : partitions) {
    Partition partition;
    partition.progress.partition = id;
    source::ResumePoint point{id, std::nullopt};
    const auto found = std::find_if(stored.begin(), stored.end(), [&](const auto& p) { return p.partition == id; });
    if (found != stored.end()) {
      partition.progress = *found;
      partition.is_resumed = true;
      point.progress = *found;
    } else {
      tally_.cells().set_read_from_start(id);
    }
    SALESTREAM_TRY(retry([&] {
      return reject_watch_.assign(id, [&](RejectWindow& window) {
        return point.progress ? parts_.recall_rejects(partition.progress, window) : base::Status();
      });
    }));
    SALESTREAM_TRY(reject_watch_.check(id));
    duplicates_.assign(id);
    point.window_may_be_short = parts_.accept_short_window;
    partition.first_read = partition.progress.next_offset;
    partitions_.insert_or_assign(id, partition);
    points.push_back(std::move(point));
  }
  note_assignment(true);
  publish();
  return points;
}

base::Status Worker::on_revoked() {
  const base::Status status = flush_everything();
  forget_partitions();
  return status;
}

void Worker::on_lost() {
  // What is under way may end as it likes: the replay guard keeps it from doing harm, and so does what its new owner
  // writes.
  while (flusher_->is_busy()) {
    parts_.heartbeat->beat();
    if (parts_.stop) flusher_->give_up_retrying();
    flusher_->finished(kStopLook);
  }
  forget_partitions();
}

void Worker::forget_partitions() {
  tally_.cells().clear();
  rejects_.clear();
  reject_bytes_ = 0;
  messages_unflushed_ = 0;
  times_unflushed_.clear();
  has_uncounted_batch_ = false;
  parts_.heartbeat->end(StoreWork::kLoad);
  partitions_.clear();
  duplicates_.forget();
  reject_watch_.forget();
  note_assignment(false);
  is_paused_ = false;  // what comes next is assigned afresh
  publish();
}

void Worker::note_assignment(bool is_assigned) {
  has_assignment_ = is_assigned;
  has_new_fingerprints_ = true;
  std::vector<core::PartitionId> ids;
  for (const auto& [id, partition] : partitions_) ids.push_back(id);
  assigned_ = std::make_shared<const std::vector<core::PartitionId>>(std::move(ids));
}

void Worker::publish() {
  State state;
  state.status = status_;
  state.status.partitions = static_cast<int>(partitions_.size());
  state.status.caught_up = has_assignment_;
  state.has_assignment = has_assignment_;
  state.partitions = assigned_;
  state.is_at_targets = parts_.targets != nullptr && has_assignment_;
  for (const auto& [id, partition] : partitions_) {
    state.status.caught_up = state.status.caught_up && partition.has_reached_end;
    state.is_at_targets = state.is_at_targets && partition.has_met_target;
    if (parts_.targets == nullptr) continue;
    const auto target = parts_.targets->find(id);
    if (target == parts_.targets->end()) continue;
    const core::Offset end = std::max(target->second, partition.first_read);
    state.status.position_total += end - partition.first_read;
    state.status.position_done += partition.has_met_target
                                      ? end - partition.first_read
                                      : std::min(partition.progress.next_offset, end) - partition.first_read;
  }
  const CellCache& cells = tally_.cells();
  measurements_.cells = static_cast<std::int64_t>(cells.cells());
  measurements_.changed_cells = static_cast<std::int64_t>(cells.changed_cells());
  measurements_.cell_bytes = cells.bytes();
  measurements_.cell_limit_bytes = cells.limit_bytes();
  measurements_.cell_misses = tally_.misses();
  measurements_.cell_evictions = cells.evictions();
  const std::lock_guard lock(published_mutex_);
  state.is_finished = published_.is_finished;
  published_ = state;
  published_measurements_ = measurements_;
  if (!std::exchange(has_new_fingerprints_, false)) return;
  published_fingerprints_.clear();
  for (const auto& [id, partition] : partitions_)
    if (partition.progress.last_offset != core::kNothingYet)
      published_fingerprints_.push_back(fingerprint_of(partition.progress));
}

Worker::State Worker::state() const {
  const std::lock_guard lock(published_mutex_);
  return published_;
}

Measurements Worker::measurements() const {
  Measurements published = [this] {
    const std::lock_guard lock(published_mutex_);
    return published_measurements_;
  }();
  for (std::size_t i = 0; i < kStoreWorkCount; ++i)
    published.store_retries[i] = parts_.heartbeat->retries(static_cast<StoreWork>(i));
  return published;
}

std::vector<LogFingerprint> Worker::fingerprints() const {
  const std::lock_guard lock(published_mutex_);
  return published_fingerprints_;
}

}  // namespace salestream::engine
