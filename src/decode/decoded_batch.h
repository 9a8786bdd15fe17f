// SPDX-License-Identifier: Apache-2.0
// What a batch of messages gave. Values; names point into the batch or into the decoder, until the next decode().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/key_fields.h"
#include "core/order.h"

namespace salestream::decode {

// An order, or one state of an order that changes: of a message that says how it was and how it is, both stand one
// behind the other, with the same `message`.
struct DecodedOrder {
  std::uint32_t message = 0;  // place in the batch
  std::uint32_t items_begin = 0;
  std::uint32_t items_end = 0;
  std::int8_t sign = 1;  // -1: the state that is no more, and its line items have their sign turned already
  bool wrong_total = false;
  std::string_view id;                 // empty unless orders are deduplicated; a number as its digits stand there
  std::string_view client;             // empty unless a totals table has it in its key
  core::OrderTime time;                // only where a totals table is by windows of time
  std::uint32_t key_values_begin = 0;  // its place in the batch's: of the order, then of each of its line items
  std::int64_t key_bytes = 0;          // of its line items in all totals tables, as docs/orders.md counts them
};

struct DecodedReject {
  std::uint32_t message = 0;  // place in the batch
  core::RejectReason reason = core::RejectReason::kInvalidJson;
  std::string detail;
};

struct DecodedBatch {
  std::vector<core::LineItem> items;
  std::vector<core::KeyValue> key_values;  // as core::KeyFields says
  std::vector<DecodedOrder> orders;        // in the order of the batch
  std::vector<DecodedReject> rejects;      // in the order of the batch
  std::vector<std::uint32_t> left_out;     // messages in which nothing counts, in the order of the batch: `where` says
                                           // so, or they are tombstones of orders that change

  // An order whose line items come next.
  DecodedOrder begin_order() const {
    DecodedOrder order;
    order.items_begin = static_cast<std::uint32_t>(items.size());
    order.key_values_begin = static_cast<std::uint32_t>(key_values.size());
    return order;
  }
  void end_order(DecodedOrder& order) {
    order.items_end = static_cast<std::uint32_t>(items.size());
    orders.push_back(order);
  }
  // Takes back what came behind its beginning.
  void take_back(const DecodedOrder& order) {
    items.resize(order.items_begin);
    key_values.resize(order.key_values_begin);
  }
};

}  // namespace salestream::decode
