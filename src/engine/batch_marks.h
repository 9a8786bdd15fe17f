// SPDX-License-Identifier: Apache-2.0
// What each message of a batch is to a worker: an order of one of its partitions
// that counts, one that repeats another, a rejected message, or none of its business. Decided once a batch, also where
// the batch has to wait for its cells and is tried again: the windows of ids take each message in once. Owned by one
// worker; it reuses its memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "core/message.h"
#include "decode/decoder.h"
#include "engine/assignment.h"
#include "engine/partition_state.h"

namespace salestream::engine {

class BatchMarks {
 public:
  enum class Kind : std::uint8_t {
    kIgnored,    // it continues no partition of ours: it came twice, or from before a rebalance
    kOrder,      // it counts
    kDuplicate,  // an order whose id was among the last messages of its partition
    kReject,
  };
  struct Mark {
    PartitionState* partition = nullptr;  // that it continues; nullptr: it is ignored
    std::uint32_t place = 0;              // among the decoded orders, or the rejected messages
    Kind kind = Kind::kIgnored;
  };

  // Looks at a batch that was just read, and finds each partition's share of it. Nothing is counted yet. Batch, decoded
  // batch and states are referred to until the next call. An error: the source is not the one that was counted.
  base::Status mark(const core::MessageBatch& batch, const decode::DecodedBatch& decoded, Assignment& assignment);

  // The partitions are gone, and with them the states that marks refer to.
  void clear() { marks_.clear(); }

  const Mark& operator[](std::size_t message) const { return marks_[message]; }
  bool is_counted(std::size_t message) const { return marks_[message].kind == Kind::kOrder; }
  const decode::DecodedBatch& decoded() const { return *decoded_; }

 private:
  static void add_to_share(PartitionState::BatchShare& share, const core::Message& message, const Mark& mark,
                           const decode::DecodedBatch& decoded);

  std::vector<Mark> marks_;  // by place in the batch
  const decode::DecodedBatch* decoded_ = nullptr;
};

}  // namespace salestream::engine
