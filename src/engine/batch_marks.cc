// SPDX-License-Identifier: Apache-2.0
#include "engine/batch_marks.h"

#include <optional>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace salestream::engine {
namespace {

// Whether an order (nullptr: a rejected message, or one that is left out) repeats an id. Its partition's window takes
// in every message once, in the order of the source, whether it counts now, was counted before, or only comes for the
// window's sake.
bool repeats_an_id(PartitionState& state, const core::Message& message, const decode::DecodedOrder* order) {
  if (!state.order_ids || message.offset < state.order_ids_next) return false;
  state.order_ids_next = message.next_offset;
  return state.order_ids->add(message.offset, order != nullptr ? std::optional(order->id) : std::nullopt);
}

// A message's, behind its first: one, or both states of an order that changes.
std::uint32_t end_of_orders(const decode::DecodedBatch& decoded, std::uint32_t first) {
  std::uint32_t end = first;
  while (end < decoded.orders.size() && decoded.orders[end].message == decoded.orders[first].message) ++end;
  return end;
}

}  // namespace

void BatchMarks::begin(const core::MessageBatch& batch, const decode::DecodedBatch& decoded) {
  batch_ = &batch;
  decoded_ = &decoded;
  marks_.assign(batch.messages().size(), Mark{});
  slice_orders_ = {};
  begin_ = end_ = 0;
  next_order_ = next_reject_ = next_left_out_ = 0;
}

base::Status BatchMarks::mark_slice(AssignedPartitions& assignment, const SliceLimits& limits) {
  const core::MessageBatch& batch = *batch_;
  const decode::DecodedBatch& decoded = *decoded_;
  const std::vector<core::Message>& messages = batch.messages();
  begin_ = end_;
  begin_ == 0 ? assignment.begin_batch() : assignment.begin_slice();
  const std::uint32_t first_order = next_order_;
  std::int64_t key_bytes = 0, reject_bytes = 0;
  for (; end_ < messages.size(); ++end_) {
    const std::size_t i = end_;
    const core::Message& message = messages[i];
    const bool is_order = next_order_ < decoded.orders.size() && decoded.orders[next_order_].message == i;
    const bool is_left_out = next_left_out_ < decoded.left_out.size() && decoded.left_out[next_left_out_] == i;
    const std::uint32_t orders_end = is_order ? end_of_orders(decoded, next_order_) : next_order_;
    for (std::uint32_t k = next_order_; k < orders_end; ++k) key_bytes += decoded.orders[k].key_bytes;
    reject_bytes +=
        is_order || is_left_out ? 0 : static_cast<std::int64_t>(sizeof(core::Reject) + message.size + message.key_size);
    if (i > begin_ && (key_bytes > limits.key_bytes || reject_bytes > limits.reject_bytes)) break;
    const std::uint32_t place = is_order      ? std::exchange(next_order_, orders_end)
                                : is_left_out ? next_left_out_++
                                              : next_reject_++;
    SALESTREAM_CHECK(is_order || is_left_out ||
                     (place < decoded.rejects.size() && decoded.rejects[place].message == i));
    PartitionState* const state = assignment.find(message.partition);
    if (state == nullptr) continue;
    const bool is_duplicate = repeats_an_id(*state, message, is_order ? &decoded.orders[place] : nullptr);
    if (message.offset < state->batch.next_offset) {
      SALESTREAM_TRY(assignment.check_replayed(*state, message, batch.payload_of(message)));
      continue;
    }
    state->is_resumed = false;
    const Kind of_order = is_duplicate ? Kind::kDuplicate : Kind::kOrder;
    marks_[i] = {state, place, is_order ? of_order : is_left_out ? Kind::kLeftOut : Kind::kReject};
    add_to_share(state->batch, message, marks_[i], decoded);
  }
  slice_orders_ = std::span(decoded.orders).subspan(first_order, next_order_ - first_order);
  return {};
}

void BatchMarks::add_to_share(PartitionState::BatchShare& share, const core::Message& message, const Mark& mark,
                              const decode::DecodedBatch& decoded) {
  if (share.first == nullptr) share.first = &message;
  share.last = &message;
  share.next_offset = message.next_offset;
  core::Counters& counters = share.counters;
  ++counters.messages;
  if (mark.kind == Kind::kReject) {
    ++counters.rejects[static_cast<std::size_t>(decoded.rejects[mark.place].reason)];
  } else if (mark.kind == Kind::kDuplicate) {
    ++counters.duplicates;
  } else if (mark.kind == Kind::kOrder) {
    ++counters.orders;
    bool is_wrong_total = false;
    for (std::uint32_t k = mark.place; k < end_of_orders(decoded, mark.place); ++k) {
      const decode::DecodedOrder& order = decoded.orders[k];
      counters.items += static_cast<std::int64_t>(order.items_end - order.items_begin);
      is_wrong_total |= order.wrong_total;
    }
    counters.wrong_totals += is_wrong_total ? 1 : 0;
  }
}

}  // namespace salestream::engine
