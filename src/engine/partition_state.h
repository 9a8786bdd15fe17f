// SPDX-License-Identifier: Apache-2.0
// What a worker keeps of one of its partitions: how far it has counted it, the windows that look back over its last
// messages, and what the batch in hand adds to all that. Owned by AssignedPartitions, on one worker's thread.
#pragma once

#include <optional>

#include "core/cell.h"
#include "core/message.h"
#include "engine/order_id_window.h"
#include "engine/reject_window.h"

namespace salestream::engine {

struct PartitionState {
  core::PartitionProgress progress;        // of what was counted; ahead of the store's
  std::optional<OrderIdWindow> order_ids;  // with `deduplicate`: fed with every message, also of before progress
  core::Offset order_ids_next = 0;         // every message before it is in `order_ids`
  std::optional<RejectWindow> rejects;     // with `stop_when_rejects`

  bool is_changed = false;       // since the last flush began
  bool is_resumed = false;       // the store had its progress: the first message may tell whether it is the same source
  bool has_reached_end = false;  // at the last look nothing stood behind next_offset
  bool has_met_target = false;
  core::Offset first_read = 0;   // where this run began
  core::Offset stored_next = 0;  // next_offset as the store has it

  // What the batch in hand adds once it counts: the slice of it that is counted at once.
  struct BatchShare {
    core::Offset next_before = 0;          // progress.next_offset before the batch
    core::Offset next_offset = 0;          // and after the slice, as far as it has been looked at
    const core::Message* first = nullptr;  // that continue the partition; nullptr: none does
    const core::Message* last = nullptr;
    core::Counters counters;
  };
  BatchShare batch;

  void begin_batch() {
    begin_slice();
    batch.next_before = progress.next_offset;
  }
  void begin_slice() {
    if (batch.first != nullptr) batch = {.next_before = batch.next_before};
    batch.next_offset = progress.next_offset;
  }
};

}  // namespace salestream::engine
