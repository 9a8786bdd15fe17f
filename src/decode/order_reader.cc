// SPDX-License-Identifier: Apache-2.0
#include "decode/order_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/logging.h"
#include "calendar/epoch_units.h"
#include "calendar/order_time.h"
#include "decode/missing_field.h"

namespace salestream::decode {

using core::Decimal;
using core::RejectReason;

OrderReader::OrderReader(const core::Definition& definition)
    : rules_{definition.allow_returns, definition.wrong_total == core::WrongTotal::kReject},
      has_price_(definition.order.price.has_value()),
      product_is_element_(definition.order.product.is_element_itself()),
      tables_(static_cast<std::int64_t>(definition.totals.size())),
      tables_by_product_(definition.tables_by(core::Dimension::kProduct)),
      tables_by_client_(definition.tables_by(core::Dimension::kClient)),
      product_path_(definition.order.product.path().text()) {
  const core::OrderMapping& order = definition.order;
  order_tree_.add(order.items.path(), Role::kItems, true);
  // Fields that decide nothing are not asked for: an order is no worse for lacking them.
  if (order.total && has_price_) order_tree_.add(order.total->path(), Role::kTotal, false);
  if (order.client && definition.is_by(core::Dimension::kClient))
    order_tree_.add(order.client->path(), Role::kClient, true);
  if (order.id && definition.deduplicate) order_tree_.add(order.id->path(), Role::kId, true);
  if (order.time && definition.has_windows()) order_tree_.add(order.time->path(), Role::kTime, true);
  if (order.quantity_is_map) {
    order_tree_.add(order.quantity.path(), Role::kQuantityMap, true);
    quantity_map_ = std::make_unique<QuantityMap>();
  } else {
    item_tree_.add(order.quantity.path(), Role::kQuantity, true);
  }
  if (!product_is_element_) item_tree_.add(order.product.path(), Role::kProduct, true);
  if (order.price) item_tree_.add(order.price->path(), Role::kPrice, true);
}

std::optional<Fault> OrderReader::read(Cursor& cursor, Token& first, const MessageFacts& /*message*/,
                                       DecodedBatch& out) {
  DecodedOrder order = out.begin_order();
  cursor_ = &cursor;
  order_begin_ = first;
  items_ = &out.items;
  first_item_ = order.items_begin;
  item_count_ = 0;
  key_bytes_ = 0;
  item_number_ = -1;
  total_.reset();
  id_ = {};
  client_ = {};
  time_ = {};
  fault_.reset();
  if (quantity_map_ != nullptr) {
    quantity_map_->clear();
    prices_.clear();
  }

  std::uint64_t seen = 0;
  Token token = first;
  if (cursor.at(token) == '{') {
    token = read_object(token, order_tree_.root, seen);
  } else {
    fault(RejectReason::kWrongType,
          fmt::format("the message is {}, and an order is an object", kind_of(cursor.at(token))));
    token = cursor.skip_value(token);
  }
  if (token != nullptr && !cursor.ends_at(token)) token = cursor.fail(token, Syntax::kUnexpectedToken);
  if (token == nullptr) {
    fault_ = syntax_fault(cursor);
  } else {
    first = token;
    if (!fault_) finish_order(seen, order);
  }
  fault_ ? out.take_back(order) : out.end_order(order);
  return std::move(fault_);
}

// At the opening brace.
Token OrderReader::read_object(Token token, const FieldNode& node, std::uint64_t& seen) {
  Cursor& cursor = *cursor_;
  token = cursor.enter(token);
  if (token == nullptr) return nullptr;
  if (cursor.at(token) == '}') return cursor.leave(token);
  // Messages of one producer have their fields in one order: the edge behind the last one found is the best guess.
  const NameHead* const heads = node.heads.data();
  const std::size_t edge_count = node.heads.size();
  std::size_t guess = 0;
  for (;;) {
    if (cursor.at(token) != '"') return cursor.fail(token, Syntax::kUnexpectedToken);
    const char* const key = cursor.text(token) + 1;
    const FieldEdge* found = nullptr;
    for (std::size_t tried = 0; tried < edge_count; ++tried) {
      const std::size_t at = guess;
      guess = guess + 1 < edge_count ? guess + 1 : 0;
      if (heads[at].matches(key) && node.edges[at].matches_behind_head(key)) {
        found = &node.edges[at];
        break;
      }
    }
    if (found == nullptr && cursor.may_have_escapes()) {
      std::string_view name = cursor.raw_string(token);
      if (cursor.has_escape(name)) {
        if (cursor.unescape(token, name) == nullptr) return nullptr;
        found = node.find(name);
      }
    }
    if (cursor.at(token + 1) != ':') return cursor.fail(token + 1, Syntax::kUnexpectedToken);
    token = found == nullptr ? cursor.skip_value(token + 2) : read_field(token + 2, *found, seen);
    if (token == nullptr) return nullptr;
    if (cursor.at(token) == '}') return cursor.leave(token);
    if (cursor.at(token) != ',') return cursor.fail(token, Syntax::kUnexpectedToken);
    ++token;
  }
}

Token OrderReader::read_field(Token token, const FieldEdge& edge, std::uint64_t& seen) {
  const std::uint64_t bit = std::uint64_t{1} << edge.bit;
  if ((seen & bit) != 0) {
    fault(RejectReason::kDuplicateField, fmt::format("{} stands there twice", place(edge.path)));
    return cursor_->skip_value(token);
  }
  seen |= bit;
  switch (edge.role) {
    case Role::kValue: break;  // of an ObjectReader
    case Role::kBranch:
      if (cursor_->at(token) == '{') return read_object(token, edge.below.front(), seen);
      return wrong_type(token, edge.path, "an object");
    case Role::kTotal: return read_total(token);
    case Role::kId: return read_name(token, edge.path, id_);
    case Role::kClient: return read_name(token, edge.path, client_);
    case Role::kTime: return read_time(token, edge.path);
    case Role::kItems: return read_items(token, edge);
    case Role::kQuantityMap: return read_quantity_map(token, edge);
    case Role::kProduct: return read_text(token, edge.path, item_.product);
    case Role::kQuantity: return read_number(token, edge, item_.quantity);
    case Role::kPrice: return read_number(token, edge, item_.price);
  }
  return nullptr;
}

Token OrderReader::read_items(Token token, const FieldEdge& edge) {
  Cursor& cursor = *cursor_;
  if (cursor.at(token) == '{' && !product_is_element_) {  // XML made JSON: of one line item the array is left out
    item_number_ = 0;
    token = read_item(token);
    item_number_ = -1;
    return token;
  }
  if (cursor.at(token) != '[') return wrong_type(token, edge.path, "an array");
  token = cursor.enter(token);
  if (token == nullptr) return nullptr;
  if (cursor.at(token) == ']') return cursor.leave(token);
  for (item_number_ = 0;; ++item_number_) {
    token = read_item(token);
    if (token == nullptr) return nullptr;
    if (cursor.at(token) == ']') break;
    if (cursor.at(token) != ',') return cursor.fail(token, Syntax::kUnexpectedToken);
    ++token;
  }
  item_number_ = -1;
  return cursor.leave(token);
}

Token OrderReader::read_item(Token token) {
  std::uint64_t seen = 0;
  item_ = {};
  item_begin_ = token;
  if (product_is_element_) {
    token = read_text(token, product_path_, item_.product);
  } else if (cursor_->at(token) == '{') {
    token = read_object(token, item_tree_.root, seen);
  } else {
    return wrong_type(token, ".", "an object");
  }
  if (token != nullptr && !fault_) finish_item(seen);
  return token;
}

void OrderReader::finish_item(std::uint64_t seen) {
  if (const std::uint64_t missing = item_tree_.required & ~seen; missing != 0 && !product_is_element_)
    return fault(RejectReason::kMissingField, missing_text(item_tree_.first_missing(seen), item_begin_));
  check_key(item_.product, product_path_);
  if (auto wrong = check_price(item_.product, item_.price, rules_)) take(std::move(wrong));
  core::LineItem item{item_.product, item_.quantity, Decimal()};
  if (quantity_map_ == nullptr) count_revenue(item, item_.price);
  ++item_count_;
  key_bytes_ += tables_ * core::kKeyBaseBytes + tables_by_product_ * static_cast<std::int64_t>(item.product.size());
  // An order that is beyond the limit already is read on for other faults, but its items are not kept.
  if (fault_ || key_bytes_ > core::kMaxOrderKeyBytes) return;
  if (quantity_map_ != nullptr && has_price_) prices_.push_back(item_.price);
  items_->push_back(item);
}

void OrderReader::count_revenue(core::LineItem& item, Decimal price) {
  if (auto wrong = check_quantity(item.product, item.quantity, rules_)) return take(std::move(wrong));
  if (!has_price_) return;
  if (auto wrong = multiply_revenue(item, price)) take(std::move(wrong));
}

Token OrderReader::read_quantity_map(Token token, const FieldEdge& edge) {
  Cursor& cursor = *cursor_;
  if (cursor.at(token) != '{') return wrong_type(token, edge.path, "an object");
  token = cursor.enter(token);
  if (token == nullptr) return nullptr;
  if (cursor.at(token) == '}') return cursor.leave(token);
  for (;;) {
    if (cursor.at(token) != '"') return cursor.fail(token, Syntax::kUnexpectedToken);
    std::string_view name;
    Decimal quantity;
    token = cursor.string(token, name);
    if (token != nullptr) token = cursor.expect(token, ':');
    if (token != nullptr) token = read_number(token, edge, quantity);
    if (token == nullptr) return nullptr;
    if (!fault_ && !quantity_map_->insert(name, quantity))
      fault(RejectReason::kDuplicateField,
            fmt::format("{} has '{}' twice", edge.path, base::printable(name, kMaxShownValueBytes)));
    if (cursor.at(token) == '}') return cursor.leave(token);
    if (cursor.at(token) != ',') return cursor.fail(token, Syntax::kUnexpectedToken);
    ++token;
  }
}

Token OrderReader::read_number(Token token, const FieldEdge& edge, Decimal& out) {
  if (const Token next = cursor_->short_number(token, out); next != nullptr) return next;
  core::ParsedNumber number;
  std::string_view text;
  const char first = cursor_->at(token);
  if (is_number_start(first)) {
    token = cursor_->number(token, number);
    if (token == nullptr) return nullptr;
  } else if (first == '"') {
    // Many producers send money as text, just to keep its digits: that text has to be a JSON number and nothing else.
    token = cursor_->string(token, text);
    if (token == nullptr) return nullptr;
    number = core::parse_number(text);
  } else {
    return wrong_type(token, edge.path, "a number");
  }
  if (number.status != core::NumberStatus::kOk) take(number_fault(number.status, place(edge.path), text));
  out = number.value;
  return token;
}

Token OrderReader::read_name(Token token, const std::string& path, std::string_view& out) {
  token = read_text(token, path, out);
  if (token != nullptr && !fault_) check_key(out, path);
  return token;
}

// A number counts as its digits, as they stand there.
Token OrderReader::read_text(Token token, const std::string& path, std::string_view& out) {
  const char first = cursor_->at(token);
  if (first == '"') {
    token = cursor_->string(token, out);
    if (token != nullptr && cursor_->has_halves()) take(check_halves(out, path, item_number_));
    return token;
  }
  if (!is_number_start(first)) return wrong_type(token, path, "a string or a number");
  const char* const begin = cursor_->text(token);
  core::ParsedNumber number;
  token = cursor_->number(token, number);
  out = {begin, number.length};
  return token;
}

// The order's own total is only compared with: what can't be compared is a wrong total, not a broken order.
Token OrderReader::read_total(Token token) {
  const char first = cursor_->at(token);
  core::ParsedNumber number;
  if (is_number_start(first)) {
    token = cursor_->number(token, number);
  } else if (first == '"') {
    std::string_view text;
    token = cursor_->string(token, text);
    if (token != nullptr) number = core::parse_number(text);
  } else {
    token = cursor_->skip_value(token);
    if (first == 'n') return token;  // null: the order says nothing of its total
  }
  total_ = comparable_total(number);
  return token;
}

Token OrderReader::read_time(Token token, const std::string& path) {
  const char first = cursor_->at(token);
  const char* const begin = cursor_->text(token);
  std::string_view text;
  std::optional<core::OrderTime> time;
  if (is_number_start(first)) {
    core::ParsedNumber number;
    token = cursor_->number(token, number);
    if (token == nullptr) return nullptr;
    text = {begin, number.length};
    time = calendar::time_of_number(text);
  } else if (first == '"') {
    token = cursor_->string(token, text);
    if (token == nullptr) return nullptr;
    time = calendar::time_of_text(text);
  } else {
    return wrong_type(token, path, "a time");
  }
  if (!time) fault(RejectReason::kInvalidTime, fmt::format("{} is {}", path, calendar::describe_no_time(text)));
  time_ = time.value_or(core::OrderTime{});
  return token;
}

// Reads on, for the document may still turn out not to be JSON.
Token OrderReader::wrong_type(Token token, const std::string& path, const char* expected) {
  const char first = cursor_->at(token);
  token = cursor_->skip_value(token);
  if (token != nullptr)
    fault(RejectReason::kWrongType, fmt::format("{} is {}, not {}", place(path), kind_of(first), expected));
  return token;
}

void OrderReader::look_up_quantities() {
  for (std::size_t i = first_item_; i < items_->size() && !fault_; ++i) {
    core::LineItem& item = (*items_)[i];
    const Decimal* quantity = quantity_map_->find(item.product);
    if (quantity == nullptr)
      return fault(RejectReason::kQuantityMissing,
                   fmt::format("'{}' is not in the quantity map", base::printable(item.product, kMaxShownValueBytes)));
    item.quantity = *quantity;
    count_revenue(item, has_price_ ? prices_[i - first_item_] : Decimal());
  }
}

void OrderReader::finish_order(std::uint64_t seen, DecodedOrder& order) {
  if ((order_tree_.required & ~seen) != 0)
    return fault(RejectReason::kMissingField, missing_text(order_tree_.first_missing(seen), order_begin_));
  check_keys();
  if (!fault_ && quantity_map_ != nullptr) look_up_quantities();
  if (fault_) return;

  order.id = id_;
  order.client = client_;
  order.time = time_;
  order.key_bytes = key_bytes_;
  take(check_sums(std::span(*items_).subspan(first_item_), total_, rules_, order.wrong_total));
}

void OrderReader::check_key(std::string_view value, const std::string& path) {
  if (auto wrong = check_key_name(value, path, item_number_)) take(std::move(wrong));
}

void OrderReader::check_keys() {
  key_bytes_ += item_count_ * tables_by_client_ * static_cast<std::int64_t>(client_.size());
  take(check_key_bytes(item_count_, key_bytes_));
}

void OrderReader::fault(RejectReason reason, std::string detail) {
  if (!fault_) fault_ = Fault{reason, std::move(detail)};
}

void OrderReader::take(std::optional<Fault> fault) {
  if (fault && !fault_) fault_ = std::move(fault);
}

std::string OrderReader::missing_text(const std::string& path, Token object) const {
  return describe_missing(place(path), path, cursor_->text_from(object));
}

std::string OrderReader::place(const std::string& path) const { return place_text(path, item_number_); }

}  // namespace salestream::decode
