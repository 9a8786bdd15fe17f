// SPDX-License-Identifier: Apache-2.0
// One document into one order in one go, where a definition says nothing but one place for each part (is_plain): what
// is read most, and fastest. Two kinds of faults: a document that is not JSON ends the reading at once; one that is
// JSON but no countable order is read to its end, so that "not JSON" always takes precedence and the first other fault
// is the one reported. One instance a thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/definition.h"
#include "core/order.h"
#include "decode/cursor.h"
#include "decode/fault.h"
#include "decode/field_tree.h"
#include "decode/message_reader.h"
#include "decode/quantity_map.h"

namespace salestream::decode {

class OrderReader final : public MessageReader {
 public:
  explicit OrderReader(const core::Definition& definition);

  std::optional<Fault> read(Cursor& cursor, Token& token, const MessageFacts& message, DecodedBatch& out) override;

 private:
  struct ItemFields {
    std::string_view product;
    core::Decimal quantity;
    core::Decimal price;
  };

  // Each takes the token it begins at and returns the one behind what it read, or nullptr: not JSON.
  Token read_object(Token token, const FieldNode& node, std::uint64_t& seen);
  Token read_field(Token token, const FieldEdge& edge, std::uint64_t& seen);
  Token read_items(Token token, const FieldEdge& edge);
  Token read_item(Token token);
  Token read_quantity_map(Token token, const FieldEdge& edge);
  Token read_number(Token token, const FieldEdge& edge, core::Decimal& out);
  Token read_text(Token token, const std::string& path, std::string_view& out);
  Token read_total(Token token);
  Token read_name(Token token, const std::string& path, std::string_view& out);
  Token read_time(Token token, const std::string& path);
  Token wrong_type(Token token, const std::string& path, const char* expected);

  void finish_item(std::uint64_t seen);
  void finish_order(std::uint64_t seen, DecodedOrder& order);
  void look_up_quantities();
  void check_key(std::string_view value, const std::string& path);
  void check_keys();
  void count_revenue(core::LineItem& item, core::Decimal price);

  void fault(core::RejectReason reason, std::string detail);
  void take(std::optional<Fault> fault);  // if it is the first
  std::string missing_text(const std::string& path, Token object) const;
  std::string place(const std::string& path) const;

  const AmountRules rules_;
  const bool has_price_;
  const bool product_is_element_;
  const std::int64_t tables_;  // and those with the product, or the client, in their keys
  const std::int64_t tables_by_product_;
  const std::int64_t tables_by_client_;
  std::string product_path_;
  FieldTree order_tree_;
  FieldTree item_tree_;
  std::unique_ptr<QuantityMap> quantity_map_;  // only where the definition has one

  // Of the document that is being read.
  Cursor* cursor_ = nullptr;
  std::vector<core::LineItem>* items_ = nullptr;
  std::size_t first_item_ = 0;
  Token order_begin_ = nullptr;
  Token item_begin_ = nullptr;
  std::int64_t item_number_ = -1;  // within the array; -1 outside of it
  ItemFields item_;
  std::int64_t item_count_ = 0;
  std::int64_t key_bytes_ = 0;         // of the items so far, without their client
  std::vector<core::Decimal> prices_;  // of the items so far, where quantities are looked up later
  std::optional<core::Decimal> total_;
  std::string_view id_;
  std::string_view client_;
  core::OrderTime time_;
  std::optional<Fault> fault_;
};

}  // namespace salestream::decode
