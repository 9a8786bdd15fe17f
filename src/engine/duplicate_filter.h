// SPDX-License-Identifier: Apache-2.0
// Which orders of a batch repeat an id that was among the last messages of their partition: a DuplicateWindow for each
// of a worker's partitions, fed in the order of the log with every message, whether it is counted now or was before.
// Without `deduplicate` in the definition nothing repeats. Owned by one worker.
#pragma once

#include <map>
#include <vector>

#include "core/cell.h"
#include "core/definition.h"
#include "core/message.h"
#include "decode/decoder.h"
#include "engine/duplicate_window.h"

namespace salestream::engine {

class DuplicateFilter {
 public:
  explicit DuplicateFilter(const core::Definition& definition) : definition_(definition) {}

  // A partition that has come, with an empty window; all that have gone.
  void assign(core::PartitionId partition);
  void forget();

  // What is left out next is another batch, with messages that were not seen yet.
  void begin_batch() { has_seen_batch_ = false; }

  // Clears the mark of each message that repeats an id. The same batch may be asked for again: it was seen only once.
  void leave_out(const core::MessageBatch& batch, const decode::DecodedBatch& decoded, std::vector<char>& is_counted);

  // DuplicateWindow::rebuilt_from, as PartitionProgress::window_offset has it.
  core::Offset rebuilt_from(core::PartitionId partition) const;

 private:
  struct Partition {
    DuplicateWindow window;
    core::Offset next = 0;  // everything before it is in the window
  };

  void see(const core::MessageBatch& batch, const decode::DecodedBatch& decoded);

  const core::Definition& definition_;
  std::map<core::PartitionId, Partition> partitions_;
  std::vector<char> is_duplicate_;  // by place in the batch
  bool has_seen_batch_ = false;
};

}  // namespace salestream::engine
