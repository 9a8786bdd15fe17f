// SPDX-License-Identifier: Apache-2.0
// The partitions that are a worker's own at present, with the state of each: from the moment that they are assigned
// until they are revoked or lost, when all of it is forgotten. Knows neither source nor store; what is counted is
// decided in batch_marks.h. Owned by one worker, on its thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/cell.h"
#include "core/definition.h"
#include "core/message.h"
#include "engine/fingerprint_check.h"
#include "engine/limits.h"
#include "engine/partition_state.h"
#include "engine/run_status.h"

namespace salestream::engine {

// Fills a window with the rejected messages that the store has among the last messages before that progress.
using RecallRejects = std::function<base::Status(const core::PartitionProgress&, RejectWindow&)>;

class AssignedPartitions {
 public:
  struct Rules {
    std::optional<core::Deduplicate> deduplicate;
    std::optional<RejectLimit> reject_limit;
    std::string source_name;              // for messages: "topic ecommerce_sales"
    const EndTargets* targets = nullptr;  // nullptr: without an end
    RecallRejects recall_rejects;         // needed where there is a limit of rejected messages
  };
  explicit AssignedPartitions(Rules rules) : rules_(std::move(rules)) {}

  // A partition that has come, with the progress that the store has of it. After a retriable error, which is the
  // store's, the same may be tried again. A failure: more of its last messages were rejected than the limit allows.
  base::Status add(core::PartitionId id, const std::optional<core::PartitionProgress>& stored);
  // All partitions that were assigned have been added, be it none.
  void complete();
  // They were revoked or lost. States that were found before are gone.
  void clear();

  // The state of a partition; nullptr: it is not ours. Costs next to nothing for the partition of the call before.
  PartitionState* find(core::PartitionId id) {
    if (last_found_ == nullptr || last_found_->first != id) {
      const auto found = states_.find(id);
      if (found == states_.end()) return nullptr;
      last_found_ = &*found;
    }
    return &last_found_->second;
  }

  // Each partition's share of the batch in hand is empty.
  void begin_batch();
  void begin_slice();

  // Of a message that was counted before. The one at last_offset comes once more when reading begins, and whenever the
  // source had to ask for its place again; an error: it is another now, and so is the source.
  base::Status check_replayed(PartitionState& state, const core::Message& message, std::string_view payload) const;

  // Progress takes in each partition's share of the batch. Returns what all of them add to the counters.
  core::Counters count_batch(const core::MessageBatch& batch);

  // An error: there are more rejected messages in a window than the limit allows.
  base::Status check_rejects() const;

  // What the batch has shown of the ends of partitions. An error: the source has become shorter.
  base::Status note_ends(const std::vector<core::ReachedEnd>& reached_ends);

  bool has_changes() const;
  // The progress of partitions that have changed since the last call.
  std::vector<core::PartitionProgress> take_changes();
  // A flush has stored these.
  void note_stored(const std::vector<core::PartitionProgress>& stored);

  bool is_complete() const { return is_complete_; }
  std::shared_ptr<const std::vector<core::PartitionId>> partitions() const { return ids_; }
  // Every partition was read to its target; false without targets or an assignment.
  bool are_targets_met() const;
  // Sets what a run's status says about partitions, and how far they have been read.
  void describe(RunStatus& status) const;
  // By which to tell the source of these partitions from another; nothing while they are the same as at the last call.
  std::optional<std::vector<LogFingerprint>> take_new_fingerprints();

 private:
  using States = std::map<core::PartitionId, PartitionState>;

  base::Status check_rejects(const PartitionState& state) const;
  static void skip_to_end(PartitionState& state, const core::ReachedEnd& reached);
  void has_come_or_gone(bool is_complete);

  const Rules rules_;
  States states_;
  States::value_type* last_found_ = nullptr;
  bool is_complete_ = false;
  bool has_new_fingerprints_ = false;
  std::shared_ptr<const std::vector<core::PartitionId>> ids_ = std::make_shared<std::vector<core::PartitionId>>();
};

}  // namespace salestream::engine
