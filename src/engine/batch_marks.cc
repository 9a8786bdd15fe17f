// SPDX-License-Identifier: Apache-2.0
#include "engine/batch_marks.h"

#include <optional>
#include <string_view>

#include "base/check.h"

namespace salestream::engine {
namespace {

// Whether an order (nullptr: a rejected message) repeats an id. Its partition's window takes in every message once, in
// the order of the source, whether it counts now, was counted before, or only comes for the window's sake.
bool repeats_an_id(PartitionState& state, const core::Message& message, const decode::DecodedOrder* order) {
  if (!state.order_ids || message.offset < state.order_ids_next) return false;
  state.order_ids_next = message.next_offset;
  return state.order_ids->add(message.offset, order != nullptr ? std::optional(order->id) : std::nullopt);
}

}  // namespace

base::Status BatchMarks::mark(const core::MessageBatch& batch, const decode::DecodedBatch& decoded,
                              Assignment& assignment) {
  const std::vector<core::Message>& messages = batch.messages();
  decoded_ = &decoded;
  marks_.assign(messages.size(), Mark{});
  assignment.begin_batch();
  std::uint32_t next_order = 0, next_reject = 0;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const core::Message& message = messages[i];
    const bool is_order = next_order < decoded.orders.size() && decoded.orders[next_order].message == i;
    const std::uint32_t place = is_order ? next_order++ : next_reject++;
    SALESTREAM_CHECK(is_order || (place < decoded.rejects.size() && decoded.rejects[place].message == i));
    PartitionState* const state = assignment.find(message.partition);
    if (state == nullptr) continue;
    const bool is_duplicate = repeats_an_id(*state, message, is_order ? &decoded.orders[place] : nullptr);
    if (message.offset < state->batch.next_offset) {
      SALESTREAM_TRY(assignment.check_replayed(*state, message, batch.payload_of(message)));
      continue;
    }
    state->is_resumed = false;
    marks_[i] = {state, place, !is_order ? Kind::kReject : is_duplicate ? Kind::kDuplicate : Kind::kOrder};
    add_to_share(state->batch, message, marks_[i], decoded);
  }
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
  } else {
    const decode::DecodedOrder& order = decoded.orders[mark.place];
    ++counters.orders;
    counters.items += static_cast<std::int64_t>(order.items_end - order.items_begin);
    counters.wrong_totals += order.wrong_total ? 1 : 0;
  }
}

}  // namespace salestream::engine
