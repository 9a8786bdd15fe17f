// SPDX-License-Identifier: Apache-2.0
#include "engine/assigned_partitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace salestream::engine {

base::Status AssignedPartitions::add(core::PartitionId id, const std::optional<core::PartitionProgress>& stored) {
  PartitionState state;
  state.progress.partition = id;
  if (stored) {
    state.progress = *stored;
    state.is_resumed = true;
  }
  state.first_read = state.stored_next = state.progress.next_offset;
  if (rules_.deduplicate) state.order_ids.emplace(static_cast<std::size_t>(rules_.deduplicate->window_messages));
  if (rules_.reject_limit) {
    state.rejects.emplace(*rules_.reject_limit);
    if (stored) SALESTREAM_TRY(rules_.recall_rejects(state.progress, *state.rejects));
    SALESTREAM_TRY(check_rejects(state));
  }
  states_.insert_or_assign(id, std::move(state));
  return {};
}

void AssignedPartitions::complete() { has_come_or_gone(true); }

void AssignedPartitions::clear() {
  states_.clear();
  last_found_ = nullptr;
  has_come_or_gone(false);
}

void AssignedPartitions::has_come_or_gone(bool is_complete) {
  is_complete_ = is_complete;
  has_new_fingerprints_ = true;
  std::vector<core::PartitionId> ids;
  for (const auto& [id, state] : states_) ids.push_back(id);
  ids_ = std::make_shared<const std::vector<core::PartitionId>>(std::move(ids));
}

void AssignedPartitions::begin_batch() {
  for (auto& [id, state] : states_) state.begin_batch();
}

void AssignedPartitions::begin_slice() {
  for (auto& [id, state] : states_) state.begin_slice();
}

base::Status AssignedPartitions::check_replayed(PartitionState& state, const core::Message& message,
                                                std::string_view payload) const {
  // `progress` is that of the batches before this one, also when this one has gone beyond it.
  const core::PartitionProgress& progress = state.progress;
  if (message.offset != progress.last_offset) return {};
  state.is_resumed = false;
  if (core::checksum(payload) == progress.last_checksum) return {};
  return base::failure(fmt::format(
      "{} is not the source that the store has counted: partition {} has another message at offset {}. It was "
      "recreated or rewritten. If that is so and counting is to start over with it, use `salestream reset`; the totals "
      "in the store are those of the old one, and unchanged",
      rules_.source_name, progress.partition, progress.last_offset));
}

core::Counters AssignedPartitions::count_batch(const core::MessageBatch& batch) {
  core::Counters sum;
  for (auto& [id, state] : states_) {
    const PartitionState::BatchShare& share = state.batch;
    if (share.last == nullptr) continue;
    core::PartitionProgress& progress = state.progress;
    if (progress.last_offset == core::kNothingYet) {
      progress.first_offset = share.first->offset;
      progress.first_checksum = core::checksum(batch.payload_of(*share.first));
      has_new_fingerprints_ = true;
    }
    progress.next_offset = share.next_offset;
    progress.last_offset = share.last->offset;
    progress.last_timestamp_ms = share.last->timestamp_ms;
    progress.last_checksum = core::checksum(batch.payload_of(*share.last));
    // Here, and not when a flush takes its snapshot: a batch that waits for its cells is in the window already.
    if (state.order_ids) progress.window_offset = state.order_ids->rebuilt_from();
    progress.counters += share.counters;
    sum += share.counters;
    state.is_changed = true;
    state.has_reached_end = false;
  }
  return sum;
}

base::Status AssignedPartitions::check_rejects(const PartitionState& state) const {
  if (!state.rejects || !state.rejects->is_exceeded()) return {};
  return base::failure(fmt::format(
      "{} partition {}: {}. So the run stops, before it takes in more of what may be the wrong thing; what was counted "
      "is saved. `salestream rejects list PIPELINE` shows what came. Then mend the pipeline file, or what writes to "
      "the topic; or, to go on as it is, raise stop_when_rejects or leave it out",
      rules_.source_name, state.progress.partition, state.rejects->description()));
}

base::Status AssignedPartitions::check_rejects() const {
  if (!rules_.reject_limit) return {};
  for (const auto& [id, state] : states_) SALESTREAM_TRY(check_rejects(state));
  return {};
}

// What stands between the last message and the end of a partition are no messages: all before the end is counted, and
// that is stored, or the partition would be behind its end for ever. A partition that is resumed has to show first, by
// its last message, that it is the same.
void AssignedPartitions::skip_to_end(PartitionState& state, const core::ReachedEnd& reached) {
  if (!reached.is_all_delivered || reached.end <= state.progress.next_offset) return;
  if (state.is_resumed && state.progress.last_offset != core::kNothingYet) return;
  state.progress.next_offset = reached.end;
  state.is_changed = true;
}

base::Status AssignedPartitions::note_ends(const std::vector<core::ReachedEnd>& reached_ends) {
  for (const core::ReachedEnd& reached : reached_ends) {
    PartitionState* const state = find(reached.partition);
    if (state == nullptr) continue;
    if (reached.end < state->batch.next_before)
      return base::failure(fmt::format(
          "{} has become shorter than what was counted: partition {} ends at offset {}, and everything before {} is in "
          "the store. It was recreated or cut off. To count the new one from its beginning, use `salestream reset`; "
          "the totals in the store are unchanged",
          rules_.source_name, reached.partition, reached.end, state->batch.next_before));
    // What came behind that end in the same batch was not there yet when it was seen.
    state->has_reached_end = reached.end >= state->progress.next_offset;
    skip_to_end(*state, reached);
  }
  if (rules_.targets == nullptr) return {};
  for (auto& [id, state] : states_) {
    const auto target = rules_.targets->find(id);
    // After a restart, being behind the target means something only once the source has shown that it is the same.
    const bool is_behind_target =
        target != rules_.targets->end() && state.progress.next_offset >= target->second && !state.is_resumed;
    state.has_met_target = state.has_met_target || state.has_reached_end || is_behind_target;
  }
  return {};
}

bool AssignedPartitions::has_changes() const {
  return std::any_of(states_.begin(), states_.end(), [](const auto& entry) { return entry.second.is_changed; });
}

std::vector<core::PartitionProgress> AssignedPartitions::take_changes() {
  std::vector<core::PartitionProgress> changes;
  for (auto& [id, state] : states_)
    if (std::exchange(state.is_changed, false)) changes.push_back(state.progress);
  return changes;
}

void AssignedPartitions::note_stored(const std::vector<core::PartitionProgress>& stored) {
  for (const core::PartitionProgress& each : stored)
    if (PartitionState* const state = find(each.partition))
      state->stored_next = std::max(state->stored_next, each.next_offset);
}

bool AssignedPartitions::are_targets_met() const {
  return rules_.targets != nullptr && is_complete_ &&
         std::all_of(states_.begin(), states_.end(), [](const auto& entry) { return entry.second.has_met_target; });
}

void AssignedPartitions::describe(RunStatus& status) const {
  status.partitions = static_cast<int>(states_.size());
  status.caught_up = is_complete_;
  status.position_done = status.position_total = 0;
  for (const auto& [id, state] : states_) {
    status.caught_up = status.caught_up && state.has_reached_end;
    if (rules_.targets == nullptr) continue;
    const auto target = rules_.targets->find(id);
    if (target == rules_.targets->end()) continue;
    const core::Offset end = std::max(target->second, state.first_read);
    const bool is_done = state.has_met_target && state.stored_next == state.progress.next_offset;
    const core::Offset at = is_done ? end : std::min(state.stored_next, end);
    status.position_total += end - state.first_read;
    status.position_done += at - state.first_read;
  }
}

std::optional<std::vector<LogFingerprint>> AssignedPartitions::take_new_fingerprints() {
  if (!std::exchange(has_new_fingerprints_, false)) return std::nullopt;
  std::vector<LogFingerprint> fingerprints;
  for (const auto& [id, state] : states_)
    if (state.progress.last_offset != core::kNothingYet) fingerprints.push_back(fingerprint_of(state.progress));
  return fingerprints;
}

}  // namespace salestream::engine
