// SPDX-License-Identifier: Apache-2.0
#include "audit/plain_decoder.h"

namespace salestream::audit {

using core::RejectReason;

namespace {

// What counts as text: a number too, as its digits stand there.
bool is_text(const JsonValue& value) { return value.kind == JsonKind::kString || value.kind == JsonKind::kNumber; }

}  // namespace

bool PlainDecoder::Scope::lacks_one() const {
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (fields[i].is_required && (found >> i & 1) == 0) return true;
  return false;
}

PlainDecoder::PlainDecoder(const core::Definition& definition)
    : definition_(definition),
      layout_(definition),
      has_price_(definition.order.price.has_value()),
      product_is_element_(definition.order.product.is_element_itself()) {
  const core::OrderMapping& order = definition.order;
  order_fields_.fields.push_back({order.items.path(), Role::kItems, true});
  if (order.client && definition.is_by(core::Dimension::kClient))
    order_fields_.fields.push_back({order.client->path(), Role::kClient, true});
  if (order.id && definition.deduplicate) order_fields_.fields.push_back({order.id->path(), Role::kId, true});
  if (order.time && definition.has_windows()) order_fields_.fields.push_back({order.time->path(), Role::kTime, true});
  if (order.total && has_price_) order_fields_.fields.push_back({order.total->path(), Role::kTotal, false});
  if (order.quantity_is_map)
    order_fields_.fields.push_back({order.quantity.path(), Role::kQuantityMap, true});
  else
    item_fields_.fields.push_back({order.quantity.path(), Role::kQuantity, true});
  if (!product_is_element_) item_fields_.fields.push_back({order.product.path(), Role::kProduct, true});
  if (order.price) item_fields_.fields.push_back({order.price->path(), Role::kPrice, true});
}

std::optional<RejectReason> PlainDecoder::read(const PlainMessage& message, PlainOrder& order) {
  order_ = &order;
  order.clear();
  order_fields_.found = 0;
  prices_.clear();
  quantities_.clear();
  total_ = {};

  if (const Fault fault = read_json(message, definition_.max_message_bytes, json_)) return fault;
  if (const Fault fault = read_object(order_fields_, 0, 0, ~std::uint32_t{0})) return fault;
  if (order_fields_.lacks_one()) return RejectReason::kMissingField;
  return finish_order();
}

void PlainDecoder::give_back_memory(PlainOrder& order) {
  json_.give_back_memory();
  if (order.items.capacity() > kUsualItems) std::vector<PlainItem>().swap(order.items);
  if (prices_.capacity() > kUsualItems) std::vector<Billionths>().swap(prices_);
  if (quantities_.bucket_count() > kUsualItems) Quantities().swap(quantities_);
}

// The members of the object, in their order. `candidates`: the fields whose paths lead here with their first `depth`
// steps.
Fault PlainDecoder::read_object(Scope& scope, std::size_t object, std::size_t depth, std::uint32_t candidates) {
  const std::vector<JsonValue>& values = json_.values();
  std::uint32_t found_here = 0;
  for (std::size_t at = object + 1; at < values[object].end; at = values[at].end) {
    const std::string_view name = json_.view(values[at].name);
    std::uint32_t matching = 0;
    for (std::size_t i = 0; i < scope.fields.size(); ++i)
      if ((candidates >> i & 1) != 0 && scope.fields[i].path.steps[depth] == name) matching |= std::uint32_t{1} << i;
    if (matching == 0) continue;  // not read
    if ((found_here & matching) != 0) return RejectReason::kDuplicateField;
    found_here |= matching;

    const auto which = static_cast<std::size_t>(__builtin_ctz(matching));
    const Field& field = scope.fields[which];
    Fault fault;
    if (field.path.steps.size() == depth + 1) {
      scope.found |= matching;
      fault = read_field(field, at);
    } else if (values[at].kind == JsonKind::kObject) {
      fault = read_object(scope, at, depth + 1, matching);
    } else {
      fault = RejectReason::kWrongType;
    }
    if (fault) return fault;
  }
  return {};
}

Fault PlainDecoder::read_field(const Field& field, std::size_t at) {
  const JsonValue& value = json_.values()[at];
  const std::string_view text = json_.view(value.text);  // empty of what is neither a string nor a number
  switch (field.role) {
    case Role::kItems:
      if (value.kind == JsonKind::kObject) return read_item(at);  // the only one
      return value.kind == JsonKind::kArray ? read_items(at) : RejectReason::kWrongType;
    case Role::kQuantityMap: return read_quantities(json_, at, quantities_);
    case Role::kId:
    case Role::kClient:
      if (!is_text(value)) return RejectReason::kWrongType;
      (field.role == Role::kId ? order_->id : order_->client) = text;
      return check_name(text);
    case Role::kTime: {
      if (!is_text(value)) return RejectReason::kWrongType;
      const auto moment = value.kind == JsonKind::kString ? moment_of_text(text) : moment_of_number(text);
      if (!moment) return RejectReason::kInvalidTime;
      order_->moment = *moment;
      return {};
    }
    case Role::kTotal: total_ = own_total_of(value.kind, text); return {};
    case Role::kProduct:
      if (!is_text(value)) return RejectReason::kWrongType;
      if (has_half_a_pair(text)) return RejectReason::kLoneSurrogate;
      item_.product = text;
      return {};
    case Role::kQuantity: return read_number_at(at, item_.quantity);
    case Role::kPrice: return read_number_at(at, price_);
  }
  return {};
}

Fault PlainDecoder::read_items(std::size_t array) {
  for (std::size_t at = array + 1; at < json_.values()[array].end; at = json_.values()[at].end)
    if (const Fault fault = read_item(at)) return fault;
  return {};
}

Fault PlainDecoder::read_item(std::size_t at) {
  const JsonValue& value = json_.values()[at];
  item_ = {};
  price_ = 0;
  if (product_is_element_) {
    if (!is_text(value)) return RejectReason::kWrongType;
    item_.product = json_.view(value.text);
    if (has_half_a_pair(item_.product)) return RejectReason::kLoneSurrogate;
  } else {
    if (value.kind != JsonKind::kObject) return RejectReason::kWrongType;
    item_fields_.found = 0;
    if (const Fault fault = read_object(item_fields_, at, 0, ~std::uint32_t{0})) return fault;
    if (item_fields_.lacks_one()) return RejectReason::kMissingField;
  }
  if (const Fault fault = check_name(item_.product)) return fault;
  if (price_ < 0 && !definition_.allow_returns) return RejectReason::kNegativePrice;
  const bool is_kept = order_->items.size() < kMostItems;
  if (definition_.order.quantity_is_map) {
    if (is_kept) prices_.push_back(price_);
  } else if (const Fault fault = count(item_, price_)) {
    return fault;
  }
  if (is_kept) order_->items.push_back(item_);
  return {};
}

Fault PlainDecoder::read_number_at(std::size_t at, Billionths& out) const {
  const JsonValue& value = json_.values()[at];
  return read_number(value.kind, json_.view(value.text), out);
}

Fault PlainDecoder::count(PlainItem& item, Billionths price) const {
  return count_item(item, has_price_ ? std::optional(price) : std::nullopt, definition_.allow_returns);
}

Fault PlainDecoder::check_keys() const {
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < order_->items.size(); ++i) bytes += layout_.item_bytes(*order_, i);
  if (KeyLayout::is_too_much(bytes)) return RejectReason::kKeysTooLarge;
  return {};
}

Fault PlainDecoder::finish_order() {
  if (const Fault fault = check_keys()) return fault;
  std::vector<PlainItem>& items = order_->items;
  if (definition_.order.quantity_is_map) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      const auto found = quantities_.find(items[i].product);
      if (found == quantities_.end()) return RejectReason::kQuantityMissing;
      items[i].quantity = found->second;
      if (const Fault fault = count(items[i], prices_[i])) return fault;
    }
  }
  return check_sums(definition_, total_, *order_);
}

}  // namespace salestream::audit
