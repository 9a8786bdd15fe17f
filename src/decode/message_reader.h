// SPDX-License-Identifier: Apache-2.0
// What a decoder asks of a reader of orders: one for each way in which a definition can say where values stand. One
// instance a thread.
#pragma once

#include <cstddef>
#include <optional>

#include "decode/cursor.h"
#include "decode/decoded_batch.h"
#include "decode/fault.h"
#include "decode/field_values.h"

namespace salestream::decode {

class MessageReader {
 public:
  virtual ~MessageReader() = default;

  // How often it reads a string of a message at most: so much room for strings without their escapes it needs.
  virtual std::size_t most_readings() const { return 1; }

  // Texts of the batch before are no longer needed.
  virtual void begin_batch() {}

  // Reads the document that `cursor` was started on, from its first token, and appends the order to `out`, or both
  // states of one that changes; what is left out appends none. On a fault nothing is appended. Moves `token` behind a
  // document that is JSON. Who called sets DecodedOrder::message.
  virtual std::optional<Fault> read(Cursor& cursor, Token& token, const MessageFacts& message, DecodedBatch& out) = 0;
};

}  // namespace salestream::decode
