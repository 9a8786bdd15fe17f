// SPDX-License-Identifier: Apache-2.0
// For tests of what a batch does to an assignment: a batch with its decoded form, put together message by message.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "core/message.h"
#include "decode/decoder.h"

namespace salestream::engine {

class BatchOfTest {
 public:
  // An order with one line item; its id is good as long as this batch.
  void add_order(core::PartitionId partition, core::Offset offset, const std::string& id, bool wrong_total = false,
                 std::int64_t key_bytes = 0) {
    decode::DecodedOrder order;
    order.message = append(partition, offset, id);
    order.items_begin = static_cast<std::uint32_t>(decoded.items.size());
    decoded.items.emplace_back();
    order.items_end = static_cast<std::uint32_t>(decoded.items.size());
    order.wrong_total = wrong_total;
    order.key_bytes = key_bytes;
    order.id = ids_.emplace_back(id);
    decoded.orders.push_back(order);
  }

  void add_reject(core::PartitionId partition, core::Offset offset,
                  core::RejectReason reason = core::RejectReason::kInvalidJson) {
    decoded.rejects.push_back({append(partition, offset, "a reject"), reason, "why"});
  }

  core::MessageBatch messages;
  decode::DecodedBatch decoded;

 private:
  std::uint32_t append(core::PartitionId partition, core::Offset offset, const std::string& payload) {
    core::Message message;
    message.partition = partition;
    message.offset = offset;
    message.next_offset = offset + 1;
    message.timestamp_ms = 1000 + offset;
    messages.append(message, payload, "");
    return static_cast<std::uint32_t>(messages.messages().size() - 1);
  }

  std::deque<std::string> ids_;
};

// The progress of partition 0 after the message at `last`, which was the order with that id.
inline core::PartitionProgress progress_after(core::Offset last, const std::string& id,
                                              core::Offset window_offset = core::kNothingYet) {
  core::PartitionProgress progress;
  progress.next_offset = last + 1;
  progress.last_offset = last;
  progress.last_checksum = core::checksum(id);
  progress.window_offset = window_offset;
  return progress;
}

}  // namespace salestream::engine
