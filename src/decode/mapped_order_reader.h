// SPDX-License-Identifier: Apache-2.0
// One document into one order, where a definition says more than one place for each part: docs/fields.md, whose order
// of steps this is. The document is found to be JSON first; then the order's own values are read, its condition asked,
// and only then its line items, wherever in the message they stand. One instance a thread.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/definition.h"
#include "core/key_fields.h"
#include "core/value.h"
#include "decode/field_uses.h"
#include "decode/field_values.h"
#include "decode/message_reader.h"
#include "decode/object_reader.h"
#include "decode/quantity_map.h"
#include "expression/evaluator.h"

namespace salestream::decode {

// Finds the document at `first` to be JSON, and moves it behind that.
std::optional<Fault> skip_document(Cursor& cursor, Token& first);

class MappedOrderReader final : public MessageReader {
 public:
  explicit MappedOrderReader(const core::Definition& definition);
  ~MappedOrderReader() override;

  // As a value of the order, and as one of a line item or as the text of all of them.
  std::size_t most_readings() const override { return 2; }
  void begin_batch() override;
  std::optional<Fault> read(Cursor& cursor, Token& token, const MessageFacts& message, DecodedBatch& out) override;
  // The order that the value at `token` is, of a document that has been found to be JSON. `sign`: DecodedOrder has it.
  std::optional<Fault> read_row(Cursor& cursor, Token token, const MessageFacts& message, std::int8_t sign,
                                DecodedBatch& out);

 private:
  // A field that is read: after the condition, unless the condition uses it.
  struct Read {
    BoundField field;
    std::optional<std::size_t> row_place;  // in the row of values of conditions
    std::optional<std::size_t> key_place;  // among the values of keys
    bool is_of_condition = false;
    std::int64_t tables = 0;  // with it in their keys, where it counts by its bytes
  };
  // JSON in a text has tokens of its own.
  struct InnerDocument;

  // What a field is read for.
  struct Binding {
    const FieldUses uses;
    const core::KeyFields& keys;
    const std::vector<core::FieldIndex>& row;  // of items_where
  };

  void bind_fields(const Binding& binding);
  void add(core::FieldIndex index, const Binding& binding);
  void bind_places();

  std::optional<Fault> read_order(Token first);
  std::optional<Fault> read_fields(std::vector<Read>& reads, const ObjectReader& reader, bool of_condition,
                                   std::vector<core::KeyValue>& keys);
  bool stands_behind_quantity(const Read& read) const;
  std::optional<Fault> look_up_quantity();
  std::optional<Fault> ask(expression::Evaluator& condition, std::size_t row_size, bool& is_true);
  std::optional<Fault> read_items(const RawValue& items);
  std::optional<Fault> read_level(Cursor& cursor, Token token, std::size_t level);
  std::optional<Fault> read_json_text(const RawValue& text);
  std::optional<Fault> read_array(Cursor& cursor, Token token);
  std::optional<Fault> read_item(Cursor& cursor, Token token);
  std::optional<Fault> count_item();
  std::optional<Fault> read_sign();
  std::optional<Fault> finish();
  void end_order();
  std::string_view currency() const;
  core::FieldIndex::Known known_of(const Read& read) const { return read.field.index.known; }

  const core::Definition& definition_;
  const AmountRules rules_;
  const bool product_is_element_;  // and then its place among the values of conditions, and the tables that are by it
  std::size_t element_row_place_ = 0;
  std::int64_t element_tables_ = 0;
  const bool currency_is_of_item_;

  ObjectReader order_reader_, item_reader_;
  std::vector<Read> order_reads_, item_reads_;
  std::optional<std::uint32_t> items_place_, total_place_, quantities_place_;
  std::vector<ObjectReader> level_readers_;  // of the arrays between the message and its line items
  std::vector<std::uint32_t> level_places_;
  std::optional<expression::Evaluator> where_, items_where_, sign_;
  std::vector<core::Value> row_;  // of items_where; where's is its beginning
  std::size_t where_row_size_ = 0;
  FieldValues values_;
  std::unique_ptr<QuantityMap> quantity_map_;
  std::unique_ptr<InnerDocument> inner_;

  // Of the document that is being read.
  const MessageFacts* message_ = nullptr;
  Cursor* cursor_ = nullptr;
  DecodedBatch* out_ = nullptr;
  DecodedOrder order_;
  bool is_left_out_ = false;
  std::vector<core::KeyValue> order_keys_, item_keys_;
  std::string_view order_currency_, item_currency_;
  std::int64_t order_key_bytes_ = 0, item_key_bytes_ = 0;
  std::int64_t item_number_ = 0, item_count_ = 0, key_bytes_ = 0;
  core::LineItem item_;
  core::Decimal price_, amount_;
  bool has_quantity_ = false;     // from the map
  bool is_subtracted_ = false;    // by its sign
  std::vector<bool> subtracted_;  // of each line item that is kept; only where there is a sign
};

}  // namespace salestream::decode
