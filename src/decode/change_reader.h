// SPDX-License-Identifier: Apache-2.0
// A change of an order, as Debezium writes it, into the states of the order before and after it: docs/fields.md,
// "Orders that change", whose order of steps this is. One instance a thread.
// Source of the format: Debezium 2.x, "Change events" of its connectors
// (https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-events).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/definition.h"
#include "decode/mapped_order_reader.h"
#include "decode/message_reader.h"
#include "decode/object_reader.h"

namespace salestream::decode {

class ChangeReader final : public MessageReader {
 public:
  explicit ChangeReader(const core::Definition& definition);

  // As a value of the envelope, and as one of a row.
  std::size_t most_readings() const override { return 2 + rows_.most_readings(); }
  void begin_batch() override { rows_.begin_batch(); }
  std::optional<Fault> read(Cursor& cursor, Token& token, const MessageFacts& message, DecodedBatch& out) override;

 private:
  // An object that may be the envelope of a change.
  struct Envelope {
    Envelope();
    const RawValue& operation() const { return reader.value(op); }

    ObjectReader reader;
    std::uint32_t op, before, after;
  };

  std::optional<Fault> read_change(Cursor& cursor, Token first, const MessageFacts& message, DecodedBatch& out);
  std::optional<Fault> read_states(Cursor& cursor, const Envelope& envelope, const MessageFacts& message,
                                   DecodedBatch& out);

  Envelope outer_, inner_;  // the message itself, and its `payload`
  std::uint32_t payload_;
  MappedOrderReader rows_;
};

}  // namespace salestream::decode
