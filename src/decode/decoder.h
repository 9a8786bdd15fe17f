// SPDX-License-Identifier: Apache-2.0
// JSON bytes to line items, as a Definition says where they stand. Every message is checked to its last byte against
// RFC 8259 and counted whole or not at all. One instance a thread; it reuses its memory.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/definition.h"
#include "core/key_fields.h"
#include "core/message.h"
#include "core/order.h"

namespace salestream::decode {

struct DecodedOrder {
  std::uint32_t message = 0;  // place in the batch
  std::uint32_t items_begin = 0;
  std::uint32_t items_end = 0;
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

// What a batch gave; names point into the batch or into the decoder, until the next decode().
struct DecodedBatch {
  std::vector<core::LineItem> items;
  std::vector<core::KeyValue> key_values;  // as core::KeyFields says
  std::vector<DecodedOrder> orders;        // in the order of the batch
  std::vector<DecodedReject> rejects;      // in the order of the batch
  std::vector<std::uint32_t> left_out;     // messages that `where` leaves out, in the order of the batch
};

class Decoder {
 public:
  explicit Decoder(const core::Definition& definition);
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  // Decodes the whole batch. Returns a reference that is good until the next call.
  const DecodedBatch& decode(const core::MessageBatch& batch);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace salestream::decode
