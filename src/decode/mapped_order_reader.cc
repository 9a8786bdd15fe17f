// SPDX-License-Identifier: Apache-2.0
#include "decode/mapped_order_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "decode/missing_field.h"
#include "expression/order_fields.h"

namespace salestream::decode {

using core::Decimal;
using core::FieldIndex;
using core::RejectReason;
using Known = core::FieldIndex::Known;

namespace {

std::optional<std::size_t> place_in(const std::vector<FieldIndex>& fields, FieldIndex index) {
  const auto found = std::find(fields.begin(), fields.end(), index);
  return found == fields.end() ? std::nullopt : std::optional<std::size_t>(found - fields.begin());
}

Fault missing(const core::FieldPath& path, const ObjectReader& reader) {
  const std::string shown = path.text();
  return {RejectReason::kMissingField, describe_missing(shown, shown, reader.object())};
}

}  // namespace

// The line items of a message that has them as the text of another document.
struct MappedOrderReader::InnerDocument {
  StructureScanner scanner;
  Cursor cursor{scanner, kMaxDepth};
  std::deque<std::vector<char>> texts, strings;  // of the batch: names point into them
};

MappedOrderReader::MappedOrderReader(const core::Definition& definition)
    : definition_(definition),
      rules_{definition.allow_returns, definition.wrong_total == core::WrongTotal::kReject},
      product_is_element_(definition.order.product.is_element_itself()),
      currency_is_of_item_(core::is_of_item(definition, {Known::kCurrency})) {
  const std::vector<FieldIndex> of_where = core::fields_of_where(definition);
  // Its row begins as that of `where`.
  const std::vector<FieldIndex> of_items_where = core::fields_of_items_where(definition);
  if (!definition.where.empty()) where_.emplace(expression::tree_of(definition, definition.where, of_where));
  if (!definition.items_where.empty())
    items_where_.emplace(expression::tree_of(definition, definition.items_where, of_items_where));
  if (!definition.sign.empty())
    sign_.emplace(expression::tree_of(definition, definition.sign, of_items_where, expression::Type::kNumber));
  where_row_size_ = of_where.size();
  row_.resize(of_items_where.size());
  element_row_place_ = place_in(of_items_where, {Known::kProduct}).value_or(0);
  element_tables_ = definition.tables_by(core::Dimension::kProduct);

  const core::KeyFields keys = core::KeyFields::of(definition);
  order_keys_.resize(keys.of_order.size());
  item_keys_.resize(keys.of_item.size());
  bind_fields({FieldUses(definition), keys, of_items_where});
  bind_places();
}

MappedOrderReader::~MappedOrderReader() = default;

void MappedOrderReader::begin_batch() {
  values_.begin_batch();
  if (inner_ == nullptr) return;
  inner_->texts.clear();
  inner_->strings.clear();
}

// In the order in which they are looked at.
void MappedOrderReader::bind_fields(const Binding& binding) {
  for (const Known known : {Known::kId, Known::kClient, Known::kTime, Known::kCurrency}) add({known}, binding);
  if (!product_is_element_) add({Known::kProduct}, binding);
  if (!definition_.order.quantity_is_map) add({Known::kQuantity}, binding);
  for (const Known known : {Known::kPrice, Known::kAmount}) add({known}, binding);
  for (std::size_t i = 0; i < definition_.fields.size(); ++i) add(FieldIndex::named(i), binding);
}

void MappedOrderReader::bind_places() {
  const core::OrderMapping& order = definition_.order;
  if (order.total && order.has_revenue()) total_place_ = order_reader_.add(order.total->path());
  if (order.quantity_is_map) {
    quantities_place_ = order_reader_.add(order.quantity.path());
    quantity_map_ = std::make_unique<QuantityMap>();
  }
  if (order.items.is_message_itself()) return;
  items_place_ = order_reader_.add(order.items.path());
  for (std::size_t level = 1; level < order.items.levels.size(); ++level)
    level_places_.push_back(level_readers_.emplace_back().add(order.items.levels[level]));
  if (order.items.is_json_text) inner_ = std::make_unique<InnerDocument>();
}

void MappedOrderReader::add(FieldIndex index, const Binding& binding) {
  if (definition_.field(index) == nullptr || !binding.uses.is_used(index)) return;
  const bool of_item = core::is_of_item(definition_, index);
  Read read;
  read.field = FieldValues::bind(definition_, index, of_item ? item_reader_ : order_reader_);
  read.is_of_condition = of_item ? binding.uses.is_of_items_where(index) : binding.uses.is_of_where(index);
  read.row_place = place_in(binding.row, index);
  read.key_place = place_in(of_item ? binding.keys.of_item : binding.keys.of_order, index);
  if (read.field.type != core::FieldType::kTime) read.tables = definition_.tables_by({index, core::Window::kNone});
  (of_item ? item_reads_ : order_reads_).push_back(std::move(read));
}

std::optional<Fault> skip_document(Cursor& cursor, Token& first) {
  const Token behind = cursor.skip_value(first);
  if (behind == nullptr || !cursor.ends_at(behind)) {
    if (behind != nullptr) cursor.fail(behind, Syntax::kUnexpectedToken);
    return syntax_fault(cursor);
  }
  first = behind;
  return std::nullopt;
}

std::optional<Fault> MappedOrderReader::read(Cursor& cursor, Token& first, const MessageFacts& message,
                                             DecodedBatch& out) {
  const Token begin = first;
  if (auto fault = skip_document(cursor, first)) return fault;
  return read_row(cursor, begin, message, 1, out);
}

std::optional<Fault> MappedOrderReader::read_row(Cursor& cursor, Token token, const MessageFacts& message,
                                                 std::int8_t sign, DecodedBatch& out) {
  cursor_ = &cursor;
  message_ = &message;
  out_ = &out;
  order_ = out.begin_order();
  order_.sign = sign;
  subtracted_.clear();
  is_left_out_ = false;
  auto fault = read_order(token);
  if (fault || is_left_out_)
    out.take_back(order_);
  else
    end_order();
  return fault;
}

// Once the order's own total has been compared with what stands there.
void MappedOrderReader::end_order() {
  const std::span<core::LineItem> items = std::span(out_->items).subspan(order_.items_begin);
  if (order_.sign < 0 || sign_)
    for (std::size_t i = 0; i < items.size(); ++i) {
      const bool is_subtracted = sign_ && subtracted_[i];
      if (is_subtracted == (order_.sign < 0)) continue;
      items[i].quantity = core::negated(items[i].quantity);
      items[i].revenue = core::negated(items[i].revenue);
    }
  out_->end_order(order_);
}

std::optional<Fault> MappedOrderReader::read_order(Token first) {
  Cursor& cursor = *cursor_;
  if (cursor.at(first) != '{')
    return Fault{RejectReason::kWrongType,
                 fmt::format("the message is {}, and an order is an object", kind_of(cursor.at(first)))};
  item_number_ = -1;
  item_count_ = key_bytes_ = order_key_bytes_ = 0;
  order_currency_ = item_currency_ = {};
  if (auto fault = order_reader_.read(cursor, first, -1)) return fault;
  if (auto fault = read_fields(order_reads_, order_reader_, true, order_keys_)) return fault;
  if (where_) {
    bool is_true = false;
    if (auto fault = ask(*where_, where_row_size_, is_true)) return fault;
    is_left_out_ = !is_true;
    if (!is_true) return std::nullopt;
  }
  if (auto fault = read_fields(order_reads_, order_reader_, false, order_keys_)) return fault;
  out_->key_values.insert(out_->key_values.end(), order_keys_.begin(), order_keys_.end());
  if (quantities_place_) {
    if (auto fault = quantity_map_->read(cursor, order_reader_.value(*quantities_place_),
                                         definition_.order.quantity.path().text()))
      return fault;
  }
  if (auto fault = items_place_ ? read_items(order_reader_.value(*items_place_)) : read_item(cursor, first))
    return fault;
  return finish();
}

std::optional<Fault> MappedOrderReader::read_fields(std::vector<Read>& reads, const ObjectReader& reader,
                                                    bool of_condition, std::vector<core::KeyValue>& keys) {
  const bool of_item = &reads == &item_reads_;
  for (const Read& read : reads) {
    if (read.is_of_condition != of_condition) continue;
    if (of_item && !of_condition && stands_behind_quantity(read))
      if (auto fault = look_up_quantity()) return fault;
    FieldValue value;
    if (auto fault = values_.read(read.field, reader, *message_, currency(), of_item ? item_number_ : -1, value))
      return fault;
    if (read.row_place) row_[*read.row_place] = value.value;
    if (read.key_place) keys[*read.key_place] = values_.key_of(read.field, value);
    if (read.tables > 0)
      (of_item ? item_key_bytes_ : order_key_bytes_) +=
          read.tables *
          static_cast<std::int64_t>(read.key_place ? keys[*read.key_place].text.size() : value.value.text.size());
    switch (known_of(read)) {
      case Known::kId: order_.id = value.value.text; break;
      case Known::kClient: order_.client = value.value.text; break;
      case Known::kTime: order_.time = value.time; break;
      case Known::kCurrency: (of_item ? item_currency_ : order_currency_) = value.value.text; break;
      case Known::kProduct: item_.product = value.value.text; break;
      case Known::kQuantity: item_.quantity = value.value.number; break;
      case Known::kPrice: price_ = value.value.number; break;
      case Known::kAmount: amount_ = value.value.number; break;
      case Known::kNamed: break;
    }
  }
  return of_item && !of_condition ? look_up_quantity() : std::nullopt;
}

bool MappedOrderReader::stands_behind_quantity(const Read& read) const {
  return known_of(read) != Known::kCurrency && known_of(read) != Known::kProduct;
}

// Once for each line item, where its field would stand.
std::optional<Fault> MappedOrderReader::look_up_quantity() {
  if (quantity_map_ == nullptr || has_quantity_) return std::nullopt;
  const Decimal* const quantity = quantity_map_->find(item_.product);
  if (quantity == nullptr)
    return Fault{RejectReason::kQuantityMissing,
                 fmt::format("'{}' is not in the quantity map", shown_value(item_.product))};
  item_.quantity = *quantity;
  has_quantity_ = true;
  return std::nullopt;
}

std::string_view MappedOrderReader::currency() const { return currency_is_of_item_ ? item_currency_ : order_currency_; }

std::optional<Fault> MappedOrderReader::ask(expression::Evaluator& condition, std::size_t row_size, bool& is_true) {
  core::Value result;
  if (condition.evaluate(std::span(row_).first(row_size), result) == expression::Fault::kTooLarge)
    return Fault{RejectReason::kNumberTooLarge,
                 fmt::format("{}: a number in it is beyond 10^18", row_size == row_.size() ? "items_where" : "where")};
  is_true = result.is_true();
  return std::nullopt;
}

std::optional<Fault> MappedOrderReader::read_items(const RawValue& items) {
  if (!items.is_there()) return missing(definition_.order.items.path(), order_reader_);
  return read_level(*cursor_, items.token, 0);
}

// What stands at the path of a level: the line items themselves, or the array that holds those that hold them.
std::optional<Fault> MappedOrderReader::read_level(Cursor& cursor, Token token, std::size_t level) {
  const core::ItemsPath& path = definition_.order.items;
  if (level + 1 == path.levels.size()) {
    if (!path.is_json_text) return read_array(cursor, token);
    RawValue text;
    read_raw(cursor, token, text);
    return read_json_text(text);
  }
  const auto read_element = [&](Token element) -> std::optional<Fault> {
    if (cursor.at(element) != '{')
      return Fault{RejectReason::kWrongType, fmt::format("an element of {} is {}, not an object",
                                                         path.levels[level].text(), kind_of(cursor.at(element)))};
    ObjectReader& reader = level_readers_[level];
    if (auto fault = reader.read(cursor, element, -1)) return fault;
    const RawValue inner = reader.value(level_places_[level]);
    if (!inner.is_there()) return missing(path.levels[level + 1], reader);
    return read_level(cursor, inner.token, level + 1);
  };
  if (cursor.at(token) != '[')
    return Fault{RejectReason::kWrongType,
                 fmt::format("{} is {}, not an array", path.levels[level].text(), kind_of(cursor.at(token)))};
  for (++token; cursor.at(token) != ']';) {
    if (auto fault = read_element(token)) return fault;
    token = cursor.skip_value(token);
    if (cursor.at(token) == ',') ++token;
  }
  return std::nullopt;
}

std::optional<Fault> MappedOrderReader::read_json_text(const RawValue& text) {
  const std::string place = definition_.order.items.levels.back().text();
  if (text.first != '"')
    return Fault{RejectReason::kWrongType,
                 fmt::format("{} is {}, not a text that holds JSON", place, kind_of(text.first))};
  std::vector<char>& bytes = inner_->texts.emplace_back(text.text.begin(), text.text.end());
  const std::size_t size = bytes.size();
  bytes.resize(size + core::MessageBatch::kPaddingBytes, '\n');
  std::vector<char>& strings = inner_->strings.emplace_back(bytes.size());
  const std::string_view document(bytes.data(), size);
  Cursor& cursor = inner_->cursor;
  const Fault no_json{RejectReason::kWrongType, fmt::format("{} is a text that is no JSON", place)};
  if (inner_->scanner.scan(document) != ScanStatus::kOk) return no_json;
  cursor.start(bytes.data(), static_cast<std::uint32_t>(size), document.find('\\') != std::string_view::npos,
               strings.data());
  const Token first = inner_->scanner.tokens();
  const Token behind = cursor.skip_value(first);
  if (behind == nullptr && cursor.syntax() == Syntax::kTooDeep) return syntax_fault(cursor);
  if (behind == nullptr || !cursor.ends_at(behind)) return no_json;
  return read_array(cursor, first);
}

std::optional<Fault> MappedOrderReader::read_array(Cursor& cursor, Token token) {
  if (cursor.at(token) == '{' && !product_is_element_) {
    ++item_number_;
    return read_item(cursor, token);
  }
  if (cursor.at(token) != '[')
    return Fault{RejectReason::kWrongType,
                 fmt::format("{} is {}, not an array", definition_.order.items.text(), kind_of(cursor.at(token)))};
  for (++token; cursor.at(token) != ']';) {
    ++item_number_;
    if (auto fault = read_item(cursor, token)) return fault;
    token = cursor.skip_value(token);
    if (cursor.at(token) == ',') ++token;
  }
  return std::nullopt;
}

std::optional<Fault> MappedOrderReader::read_item(Cursor& cursor, Token token) {
  item_ = {};
  price_ = amount_ = {};
  item_currency_ = {};
  item_key_bytes_ = 0;
  has_quantity_ = false;
  if (product_is_element_) {
    RawValue raw;
    read_raw(cursor, token, raw);
    if (!raw.is_text_or_number())
      return Fault{RejectReason::kWrongType, fmt::format("{} is {}, not a string or a number",
                                                         place_text(".", item_number_), kind_of(raw.first))};
    item_.product = raw.text;
    if (auto fault = check_halves(item_.product, ".", item_number_)) return fault;
    if (auto fault = check_key_name(item_.product, ".", item_number_)) return fault;
    item_key_bytes_ = element_tables_ * static_cast<std::int64_t>(raw.text.size());
    row_[element_row_place_] = core::Value::of_text(raw.text);
  } else {
    if (cursor.at(token) != '{')
      return Fault{RejectReason::kWrongType,
                   fmt::format("{} is {}, not an object", place_text(".", item_number_), kind_of(cursor.at(token)))};
    if (auto fault = item_reader_.read(cursor, token, item_number_)) return fault;
  }
  if (auto fault = read_fields(item_reads_, item_reader_, true, item_keys_)) return fault;
  if (items_where_) {
    bool is_true = false;
    if (auto fault = ask(*items_where_, row_.size(), is_true)) return fault;
    if (!is_true) return std::nullopt;
  }
  if (auto fault = read_fields(item_reads_, item_reader_, false, item_keys_)) return fault;
  return count_item();
}

std::optional<Fault> MappedOrderReader::count_item() {
  const core::OrderMapping& order = definition_.order;
  if (auto fault = check_price(item_.product, order.amount ? amount_ : price_, rules_)) return fault;
  if (auto fault = check_quantity(item_.product, item_.quantity, rules_)) return fault;
  if (order.amount)
    item_.revenue = amount_;
  else if (order.price)
    if (auto fault = multiply_revenue(item_, price_)) return fault;
  if (sign_)
    if (auto fault = read_sign()) return fault;
  ++item_count_;
  key_bytes_ +=
      static_cast<std::int64_t>(definition_.totals.size()) * core::kKeyBaseBytes + item_key_bytes_ + order_key_bytes_;
  // An order that is beyond the limit already is read on for other faults, but its items are not kept.
  if (key_bytes_ > core::kMaxOrderKeyBytes) return std::nullopt;
  out_->items.push_back(item_);
  if (sign_) subtracted_.push_back(is_subtracted_);
  out_->key_values.insert(out_->key_values.end(), item_keys_.begin(), item_keys_.end());
  return std::nullopt;
}

// Whether the line item is subtracted.
std::optional<Fault> MappedOrderReader::read_sign() {
  core::Value sign;
  if (sign_->evaluate(row_, sign) == expression::Fault::kTooLarge)
    return Fault{RejectReason::kNumberTooLarge, "sign: a number in it is beyond 10^18"};
  is_subtracted_ = sign == core::Value::of_number(Decimal::from_integer(-1));
  if (is_subtracted_ || sign == core::Value::of_number(Decimal::from_integer(1))) return std::nullopt;
  return Fault{RejectReason::kWrongType, fmt::format("{} is {}, and it is 1 or -1", place_text("sign", item_number_),
                                                     sign.is_null() ? "NULL" : core::to_string(sign.number, 0))};
}

std::optional<Fault> MappedOrderReader::finish() {
  if (auto fault = check_key_bytes(item_count_, key_bytes_)) return fault;
  order_.key_bytes = key_bytes_;
  std::optional<Decimal> total;
  if (total_place_) {
    const RawValue& raw = order_reader_.value(*total_place_);
    if (raw.is_there() && !raw.is_null())
      total = comparable_total(raw.is_text_or_number() ? core::parse_number(raw.text) : core::ParsedNumber{});
  }
  return check_sums(std::span(out_->items).subspan(order_.items_begin), total, rules_, order_.wrong_total);
}

}  // namespace salestream::decode
