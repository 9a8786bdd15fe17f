// SPDX-License-Identifier: Apache-2.0
// What a decoder asks of a reader of orders: one for each way in which a definition can say where values stand. One
// instance a thread.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/key_fields.h"
#include "core/order.h"
#include "decode/cursor.h"
#include "decode/fault.h"
#include "decode/field_values.h"

namespace salestream::decode {

struct OrderFacts {
  bool wrong_total = false;
  bool is_left_out = false;  // by `where`: it is neither an order nor a rejected message
  std::string_view id;
  std::string_view client;
  core::OrderTime time;
  std::int64_t key_bytes = 0;  // of its line items in all totals tables: at most core::kMaxOrderKeyBytes
};

class MessageReader {
 public:
  virtual ~MessageReader() = default;

  // How often it reads a string of a message at most: so much room for strings without their escapes it needs.
  virtual std::size_t most_readings() const { return 1; }

  // Texts of the batch before are no longer needed.
  virtual void begin_batch() {}

  // Reads the document that `cursor` was started on, from its first token, and appends the order's line items to
  // `items`, and the values of its keys to `key_values`; on a fault, or where it is left out, what was appended is
  // taken back. Moves `token` behind a document that is JSON.
  virtual std::optional<Fault> read(Cursor& cursor, Token& token, const MessageFacts& message,
                                    std::vector<core::LineItem>& items, std::vector<core::KeyValue>& key_values,
                                    OrderFacts& facts) = 0;
};

}  // namespace salestream::decode
