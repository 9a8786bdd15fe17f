// SPDX-License-Identifier: Apache-2.0
// A message into an order or the reason why it is none, for definitions that are not plain: for the audit, written from
// docs/fields.md, "What decides first", step by step, without a line of what `run` decodes with. One instance a thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/change_envelope.h"
#include "audit/json.h"
#include "audit/json_places.h"
#include "audit/key_layout.h"
#include "audit/order_condition.h"
#include "audit/plain_order.h"
#include "audit/used_fields.h"
#include "core/definition.h"

namespace salestream::audit {

class MappedDecoder {
 public:
  explicit MappedDecoder(const core::Definition& definition);
  MappedDecoder(const MappedDecoder&) = delete;
  MappedDecoder& operator=(const MappedDecoder&) = delete;

  // Nothing: `change` is what the message says, with views into the message and into this decoder, until the next call.
  std::optional<core::RejectReason> read(const PlainMessage& message, PlainChange& change);
  // That of a long message, also what `change` has; no view into it is good any more.
  void give_back_memory(PlainChange& change);

 private:
  // The objects that line items stand in, where these are arrays in arrays; the first is the message.
  struct Level {
    JsonPlaces places;
    std::size_t place = 0;
  };

  void begin(const PlainMessage& message);
  Fault read_states(PlainChange& change);
  // The order that stands at `at`. `counts`: `where` does not leave it out.
  Fault read_order(std::size_t at, PlainOrder& order, bool& counts);
  Fault read_order_fields();
  Fault read_condition(UsedFields& fields, const OrderCondition& condition, bool& counts);
  Fault read_field(UsedFields& fields, UsedField& used);
  Fault scale(bool of_item, UsedField& used);
  PlainKeyValue key_value(UsedFields& fields, core::FieldIndex index, bool is_to_be_kept);

  Fault read_items();
  Fault read_level(std::size_t level, const JsonReader& json, std::size_t at);
  Fault read_elements(std::size_t level, const JsonReader& json, std::size_t at);
  Fault read_item(const JsonReader& json, std::size_t at);
  Fault find_quantity(std::string_view product);
  Fault count();
  Fault find_sign(bool& is_subtracted);
  void keep(const PlainItem& item, bool is_subtracted);
  void apply_signs();
  Fault finish_order();

  static constexpr std::size_t kUsualItems = 4 * 1024;  // whose memory is kept for the next message

  const core::Definition& definition_;
  const KeyLayout layout_;
  OrderCondition where_, items_where_, sign_;
  UsedFields order_fields_, item_fields_;
  std::vector<Level> levels_;
  ChangeEnvelope envelope_;
  std::optional<std::size_t> items_place_, map_place_, total_place_;  // of the message
  JsonReader json_;
  JsonReader items_json_;  // of a text that holds line items

  // Of the message that is being read.
  PlainOrder* order_ = nullptr;
  KafkaParts kafka_;
  Quantities quantities_;
  Billionths map_quantity_ = 0;          // of the line item
  std::size_t order_at_ = 0;             // where it stands in json_
  bool is_item_in_text_ = false;         // whose views are good until the next text
  std::vector<std::size_t> subtracted_;  // line items whose sign is -1
  std::int64_t key_bytes_ = 0;
  std::deque<std::string> made_;  // texts that stand nowhere in the message
};

}  // namespace salestream::audit
