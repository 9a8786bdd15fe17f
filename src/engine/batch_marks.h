// SPDX-License-Identifier: Apache-2.0
// What each message of a batch is to a worker: an order of one of its partitions
// that counts, one that repeats another, a rejected message, or none of its business. Decided once, also where a batch
// has to wait for its cells and is tried again: the windows of ids take each message in once. A batch is taken slice by
// slice: its orders may have more keys, or its rejected messages more bytes, than may be in memory at once. Owned by
// one worker; it reuses its memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "base/result.h"
#include "core/message.h"
#include "decode/decoder.h"
#include "engine/assigned_partitions.h"
#include "engine/partition_state.h"

namespace salestream::engine {

// Of one slice; it has at least one message all the same.
struct SliceLimits {
  std::int64_t key_bytes = std::numeric_limits<std::int64_t>::max();     // of orders, as the decoder counts them
  std::int64_t reject_bytes = std::numeric_limits<std::int64_t>::max();  // of rejected messages, in memory
};

class BatchMarks {
 public:
  enum class Kind : std::uint8_t {
    kIgnored,    // it continues no partition of ours: it came twice, or from before a rebalance
    kOrder,      // it counts
    kDuplicate,  // an order whose id was among the last messages of its partition
    kReject,
    kLeftOut,  // an order that `where` leaves out
  };
  struct Mark {
    PartitionState* partition = nullptr;  // that it continues; nullptr: it is ignored
    std::uint32_t place = 0;  // among the decoded orders (of two the first), the rejected messages, or those left out
    Kind kind = Kind::kIgnored;
  };

  // Begins a batch that was just read. Batch and decoded batch are referred to until the next one.
  void begin(const core::MessageBatch& batch, const decode::DecodedBatch& decoded);

  // Looks at the messages behind the last slice, as many as the limits allow and at least one, and finds each
  // partition's share of them. Nothing is counted yet: that comes before the next call. States are referred to until
  // then. An error: the source is not the one that was counted.
  base::Status mark_slice(AssignedPartitions& assignment, const SliceLimits& limits = {});

  // Whether all messages of the batch are marked.
  bool is_done() const { return end_ == marks_.size(); }

  // The partitions are gone, and with them the states that marks refer to.
  void clear() {
    marks_.clear();
    slice_orders_ = {};
    begin_ = end_ = 0;
  }

  // The slice: its messages' places in the batch, [slice_begin, slice_end), and its orders.
  std::size_t slice_begin() const { return begin_; }
  std::size_t slice_end() const { return end_; }
  std::span<const decode::DecodedOrder> slice_orders() const { return slice_orders_; }

  const Mark& operator[](std::size_t message) const { return marks_[message]; }
  bool is_counted(std::size_t message) const { return marks_[message].kind == Kind::kOrder; }
  const decode::DecodedBatch& decoded() const { return *decoded_; }

 private:
  static void add_to_share(PartitionState::BatchShare& share, const core::Message& message, const Mark& mark,
                           const decode::DecodedBatch& decoded);

  std::vector<Mark> marks_;  // by place in the batch
  const core::MessageBatch* batch_ = nullptr;
  const decode::DecodedBatch* decoded_ = nullptr;
  std::size_t begin_ = 0;         // the slice
  std::size_t end_ = 0;           // and what is looked at next
  std::uint32_t next_order_ = 0;  // among the decoded ones
  std::uint32_t next_reject_ = 0;
  std::uint32_t next_left_out_ = 0;
  std::span<const decode::DecodedOrder> slice_orders_;
};

}  // namespace salestream::engine
