// SPDX-License-Identifier: Apache-2.0
// Which fields of a definition are used, of an order or of a line item, and their values in the one that is being read.
// One instance a thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audit/field_value.h"
#include "audit/json.h"
#include "audit/json_places.h"
#include "audit/order_condition.h"
#include "core/definition.h"

namespace salestream::audit {

struct UsedField {
  core::FieldIndex index;
  core::Field field;
  core::FieldType type = core::FieldType::kText;
  std::vector<std::size_t> places;  // in UsedFields::places()
  std::size_t header = 0;           // of a header, its place in core::Definition::headers
  bool is_of_condition = false;     // of `where`, or of a line item's `items_where`

  // Of the order or line item that is being read.
  bool is_read = false;
  FieldValue value;
};

// Kafka's part of a message.
struct KafkaParts {
  std::string_view key;      // empty: it has none
  std::string timestamp_ms;  // empty: it has none
  std::span<const std::optional<std::string_view>> headers;
};

class UsedFields {
 public:
  // In the order in which they are looked at.
  UsedFields(const core::Definition& definition, bool of_item, const OrderCondition& where,
             const OrderCondition& items_where, const OrderCondition& sign);

  std::vector<UsedField>& fields() { return fields_; }
  // nullptr: it is not used, or stands in the other of the two.
  UsedField* find(core::FieldIndex::Known known) { return find(core::FieldIndex{known}); }
  UsedField* find(core::FieldIndex index);
  JsonPlaces& places() { return places_; }

  // Of this value all are read from now on.
  Fault begin(const JsonReader& json, std::size_t at);
  // What stands at the field's places, without those where nothing stands.
  std::vector<Found> found(const UsedField& used, const KafkaParts& kafka) const;

 private:
  std::vector<UsedField> fields_;
  JsonPlaces places_;
  const JsonReader* json_ = nullptr;
  std::size_t at_ = 0;
};

}  // namespace salestream::audit
