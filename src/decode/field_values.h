// SPDX-License-Identifier: Apache-2.0
// A field's value, of what stands in the message: docs/fields.md. Texts that a message does not have as they are needed
// are kept here until the next batch. One instance a thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/definition.h"
#include "core/key_fields.h"
#include "core/message.h"
#include "core/value.h"
#include "decode/fault.h"
#include "decode/object_reader.h"

namespace salestream::decode {

// Of Kafka's message, beside its bytes.
struct MessageFacts {
  std::string_view key;
  std::int64_t timestamp_ms = -1;                            // -1: there is none
  std::span<const std::optional<std::string>> headers = {};  // of core::Definition::headers; empty: there are none
};

// A field of a definition, and its places in the reader of the object that it stands in.
struct BoundField {
  core::FieldIndex index;
  const core::Field* field = nullptr;
  core::FieldType type = core::FieldType::kText;
  std::vector<std::uint32_t> places;  // of a header, that in core::Definition::headers
  std::string shown;                  // for details: its first place, or "Kafka's key"
};

// What a field is: both as conditions and as keys have it. Of a time only its moment is there.
struct FieldValue {
  core::Value value;
  core::OrderTime time;
};

class FieldValues {
 public:
  void begin_batch() { texts_.clear(); }

  // Its places are added to `reader`.
  static BoundField bind(const core::Definition& definition, core::FieldIndex index, ObjectReader& reader);

  // `currency`: what scales by it are made by; `item_number`: for details.
  std::optional<Fault> read(const BoundField& field, const ObjectReader& reader, const MessageFacts& message,
                            std::string_view currency, std::int64_t item_number, FieldValue& out);

  // As a key has it. Good until the next batch.
  core::KeyValue key_of(const BoundField& field, const FieldValue& value);

 private:
  std::optional<Fault> choose(const BoundField& field, const ObjectReader& reader, const MessageFacts& message,
                              RawValue& out) const;
  std::optional<Fault> read_number(const BoundField& field, const RawValue& raw, std::string_view currency,
                                   core::Decimal& out) const;
  std::optional<Fault> read_time(const BoundField& field, const RawValue& raw, core::OrderTime& out) const;
  std::optional<Fault> read_date(const BoundField& field, const RawValue& raw, std::int32_t& days) const;
  std::optional<Fault> read_text(const BoundField& field, const RawValue& raw, std::string_view& out) const;
  std::optional<Fault> read_boolean(const BoundField& field, const RawValue& raw, bool& out) const;
  Fault wrong(core::RejectReason reason, const BoundField& field, std::string_view is) const;

  std::int64_t item_number_ = -1;
  std::deque<std::string> texts_;
};

}  // namespace salestream::decode
