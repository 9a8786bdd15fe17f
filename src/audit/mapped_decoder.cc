// SPDX-License-Identifier: Apache-2.0
#include "audit/mapped_decoder.h"

#include "base/utf8.h"
#include "core/field.h"
#include "core/key_fields.h"

namespace salestream::audit {

using core::RejectReason;

namespace {

using Known = core::FieldIndex::Known;

}  // namespace

MappedDecoder::MappedDecoder(const core::Definition& definition)
    : definition_(definition),
      layout_(definition),
      where_(definition, definition.where, core::fields_of_where(definition)),
      items_where_(definition, definition.items_where, core::fields_of_items_where(definition)),
      sign_(definition, definition.sign, core::fields_of_items_where(definition), expression::Type::kNumber),
      order_fields_(definition, false, where_, items_where_, sign_),
      item_fields_(definition, true, where_, items_where_, sign_) {
  const core::OrderMapping& order = definition.order;
  if (!order.items.is_message_itself()) items_place_ = order_fields_.places().add(order.items.path());
  if (order.quantity_is_map) map_place_ = order_fields_.places().add(order.quantity.path());
  if (order.total && order.has_revenue()) total_place_ = order_fields_.places().add(order.total->path());
  for (const core::FieldPath& path : order.items.levels) {
    Level& level = levels_.emplace_back();
    level.place = level.places.add(path);
  }
}

std::optional<RejectReason> MappedDecoder::read(const PlainMessage& message, PlainChange& change) {
  change.has_before = change.has_after = false;
  const bool changes = definition_.changes != core::Changes::kAppend;
  if (changes && message.is_null) return {};
  begin(message);
  if (const Fault fault = read_json(message, definition_.max_message_bytes, json_)) return fault;
  return changes ? read_states(change) : read_order(0, change.after, change.has_after);
}

Fault MappedDecoder::read_states(PlainChange& change) {
  ChangeStates states;
  if (const Fault fault = envelope_.find(json_, states)) return fault;
  const auto read = [&](std::size_t at, PlainOrder& order, bool& counts) {
    const Fault fault = check_state(json_, at, &order == &change.before);
    return fault ? fault : read_order(at, order, counts);
  };
  if (states.before)
    if (const Fault fault = read(*states.before, change.before, change.has_before)) return fault;
  return states.after ? read(*states.after, change.after, change.has_after) : std::nullopt;
}

// The steps of docs/fields.md, "What decides first", from its second on.
Fault MappedDecoder::read_order(std::size_t at, PlainOrder& order, bool& counts) {
  order_ = &order;
  order_at_ = at;
  order.clear();
  quantities_.clear();
  subtracted_.clear();
  is_item_in_text_ = false;
  key_bytes_ = 0;
  counts = false;
  if (const Fault fault = order_fields_.begin(json_, at)) return fault;  // 2
  bool is_wanted = true;
  if (const Fault fault = read_condition(order_fields_, where_, is_wanted)) return fault;  // 3
  if (!is_wanted) return {};
  if (const Fault fault = read_order_fields()) return fault;  // 4
  if (map_place_) {                                           // 5
    const std::size_t map_at = order_fields_.places().at(*map_place_);
    if (map_at == 0) return RejectReason::kMissingField;
    if (const Fault fault = read_quantities(json_, map_at, quantities_)) return fault;
  }
  if (const Fault fault = read_items()) return fault;  // 6
  counts = true;
  return finish_order();  // 7
}

void MappedDecoder::begin(const PlainMessage& message) {
  kafka_.key = message.key;
  kafka_.headers = message.headers;
  kafka_.timestamp_ms = message.timestamp_ms < 0 ? "" : std::to_string(message.timestamp_ms);
  made_.clear();
}

void MappedDecoder::give_back_memory(PlainChange& change) {
  json_.give_back_memory();
  items_json_.give_back_memory();
  for (PlainOrder* const order : {&change.before, &change.after}) {
    if (order->items.capacity() > kUsualItems) std::vector<PlainItem>().swap(order->items);
    if (order->item_values.capacity() > kUsualItems) std::vector<PlainKeyValue>().swap(order->item_values);
  }
  if (quantities_.bucket_count() > kUsualItems) Quantities().swap(quantities_);
  std::deque<std::string>().swap(made_);
}

Fault MappedDecoder::read_order_fields() {
  for (UsedField& used : order_fields_.fields())
    if (const Fault fault = read_field(order_fields_, used)) return fault;
  if (const UsedField* const id = order_fields_.find(Known::kId); id != nullptr && definition_.deduplicate)
    order_->id = id->value.text;
  if (const UsedField* const client = order_fields_.find(Known::kClient)) order_->client = client->value.text;
  if (const UsedField* const time = order_fields_.find(Known::kTime)) order_->moment = time->value.moment;
  for (const core::FieldIndex index : layout_.of_order())
    order_->order_values.push_back(key_value(order_fields_, index, false));
  return {};
}

Fault MappedDecoder::read_condition(UsedFields& fields, const OrderCondition& condition, bool& counts) {
  for (UsedField& used : fields.fields())
    if (used.is_of_condition)
      if (const Fault fault = read_field(fields, used)) return fault;
  const std::optional<bool> is_true = condition.is_true();
  if (!is_true) return RejectReason::kNumberTooLarge;
  counts = *is_true;
  return {};
}

Fault MappedDecoder::read_field(UsedFields& fields, UsedField& used) {
  if (used.is_read) return {};
  used.is_read = true;
  used.value = {};
  if (used.field.scope == core::FieldScope::kMessageKey && !base::is_utf8(kafka_.key))
    return RejectReason::kInvalidUtf8;
  if (used.field.scope == core::FieldScope::kHeader && used.header < kafka_.headers.size() &&
      !base::is_utf8(kafka_.headers[used.header].value_or("")))
    return RejectReason::kInvalidUtf8;
  const std::optional<Found> found = choose(used.field, fields.found(used, kafka_));
  if (!found && !used.field.may_be_null) return RejectReason::kMissingField;
  if (found) {
    if (const Fault fault = read_value(used.field, used.type, *found, used.value)) return fault;
    const bool is_itself = used.field.is_base64 && found->is_default;
    if (const Fault fault = is_itself ? std::nullopt : scale(&fields == &item_fields_, used)) return fault;
  }
  where_.set(used.index, used.value.plain());
  items_where_.set(used.index, used.value.plain());
  sign_.set(used.index, used.value.plain());
  return {};
}

// By its currency's digits, which was read before it.
Fault MappedDecoder::scale(bool of_item, UsedField& used) {
  if (used.value.is_null) return {};
  int digits = used.field.scale_digits;
  if (used.field.is_scaled_by_currency) {
    const UsedField* currency = order_fields_.find(Known::kCurrency);
    if (currency == nullptr && of_item) currency = item_fields_.find(Known::kCurrency);
    if (currency == nullptr) return RejectReason::kWrongType;  // it stands in a line item, and the number does not
    const std::optional<int> its_digits = core::minor_unit_digits(currency->value.text);
    if (!its_digits) return RejectReason::kWrongType;
    digits = *its_digits;
  }
  used.value.number = scaled(used.value.number, digits);
  return {};
}

// `is_to_be_kept`: the text that it was read from will not stay.
PlainKeyValue MappedDecoder::key_value(UsedFields& fields, core::FieldIndex index, bool is_to_be_kept) {
  const UsedField& used = *fields.find(index);
  if (used.type == core::FieldType::kTime) return {{}, used.value.moment};
  if (used.type == core::FieldType::kText && !is_to_be_kept) return {used.value.text, {}};
  return {made_.emplace_back(used.value.key_text()), {}};
}

Fault MappedDecoder::read_items() {
  if (!items_place_) return read_item(json_, order_at_);
  return read_level(0, json_, order_fields_.places().at(*items_place_));
}

// `at`: what the level's path leads to, 0 where that is nothing.
Fault MappedDecoder::read_level(std::size_t level, const JsonReader& json, std::size_t at) {
  if (at == 0) return RejectReason::kMissingField;
  if (level + 1 < levels_.size() || !definition_.order.items.is_json_text) return read_elements(level, json, at);
  if (json.values()[at].kind != JsonKind::kString) return RejectReason::kWrongType;
  const JsonFault fault = items_json_.read(json.view(json.values()[at].text));
  if (fault == JsonFault::kTooDeep) return RejectReason::kTooDeep;
  if (fault != JsonFault::kNone) return RejectReason::kWrongType;
  is_item_in_text_ = true;
  return read_elements(level, items_json_, 0);
}

Fault MappedDecoder::read_elements(std::size_t level, const JsonReader& json, std::size_t at) {
  const std::vector<JsonValue>& values = json.values();
  const bool is_last = level + 1 == levels_.size();
  if (is_last && values[at].kind == JsonKind::kObject) return read_item(json, at);
  if (values[at].kind != JsonKind::kArray) return RejectReason::kWrongType;
  for (std::size_t each = at + 1; each < values[at].end; each = values[each].end) {
    if (is_last) {
      if (const Fault fault = read_item(json, each)) return fault;
      continue;
    }
    if (values[each].kind != JsonKind::kObject) return RejectReason::kWrongType;
    Level& inner = levels_[level + 1];
    if (const Fault fault = inner.places.find(json, each)) return fault;
    if (const Fault fault = read_level(level + 1, json, inner.places.at(inner.place))) return fault;
  }
  return {};
}

Fault MappedDecoder::read_item(const JsonReader& json, std::size_t at) {
  const bool product_is_element = definition_.order.product.is_element_itself();
  if (!product_is_element && json.values()[at].kind != JsonKind::kObject) return RejectReason::kWrongType;
  if (const Fault fault = item_fields_.begin(json, at)) return fault;
  bool counts = true;
  if (const Fault fault = read_condition(item_fields_, items_where_, counts)) return fault;
  if (!counts) return {};
  for (UsedField& used : item_fields_.fields()) {
    if (const Fault fault = read_field(item_fields_, used)) return fault;
    if (used.index.known == Known::kProduct && map_place_)
      if (const Fault fault = find_quantity(used.value.text)) return fault;
  }
  return count();
}

Fault MappedDecoder::find_quantity(std::string_view product) {
  const auto found = quantities_.find(product);
  if (found == quantities_.end()) return RejectReason::kQuantityMissing;
  map_quantity_ = found->second;
  return {};
}

Fault MappedDecoder::count() {
  const auto number_of = [&](Known known) {
    const UsedField* const used = item_fields_.find(known);
    return used == nullptr ? std::nullopt : std::optional(used->value.number);
  };
  const std::optional<Billionths> amount = number_of(Known::kAmount);
  const std::optional<Billionths> price = amount ? std::nullopt : number_of(Known::kPrice);
  PlainItem item;
  item.product = item_fields_.find(Known::kProduct)->value.text;
  item.quantity = map_place_ ? map_quantity_ : *number_of(Known::kQuantity);
  item.revenue = amount.value_or(0);
  if ((amount.value_or(0) < 0 || price.value_or(0) < 0) && !definition_.allow_returns)
    return RejectReason::kNegativePrice;
  if (const Fault fault = count_item(item, price, definition_.allow_returns)) return fault;
  bool is_subtracted = false;
  if (const Fault fault = find_sign(is_subtracted)) return fault;
  keep(item, is_subtracted);
  return {};
}

Fault MappedDecoder::find_sign(bool& is_subtracted) {
  if (!sign_.is_there()) return {};
  const std::optional<PlainValue> sign = sign_.value();
  if (!sign) return RejectReason::kNumberTooLarge;
  const Billionths* const number = std::get_if<Billionths>(&*sign);
  if (number == nullptr || (*number != kOne && *number != -kOne)) return RejectReason::kWrongType;
  is_subtracted = *number < 0;
  return {};
}

// After the order's own total was compared with what stands there.
void MappedDecoder::apply_signs() {
  for (const std::size_t at : subtracted_) {
    PlainItem& item = order_->items[at];
    item.quantity = -item.quantity;
    item.revenue = -item.revenue;
  }
}

// Beyond the limit of an order's keys no more, since it is rejected for them unless for something else.
void MappedDecoder::keep(const PlainItem& item, bool is_subtracted) {
  if (KeyLayout::is_too_much(key_bytes_)) return;
  if (is_subtracted) subtracted_.push_back(order_->items.size());
  order_->items.push_back(item);
  if (is_item_in_text_) order_->items.back().product = made_.emplace_back(item.product);
  for (const core::FieldIndex index : layout_.of_item())
    order_->item_values.push_back(key_value(item_fields_, index, is_item_in_text_));
  key_bytes_ += layout_.item_bytes(*order_, order_->items.size() - 1);
}

Fault MappedDecoder::finish_order() {
  if (KeyLayout::is_too_much(key_bytes_)) return RejectReason::kKeysTooLarge;
  OwnTotal total;
  if (total_place_)
    if (const std::size_t at = order_fields_.places().at(*total_place_); at != 0)
      total = own_total_of(json_.values()[at].kind, json_.view(json_.values()[at].text));
  if (const Fault fault = check_sums(definition_, total, *order_)) return fault;
  apply_signs();
  return {};
}

}  // namespace salestream::audit
