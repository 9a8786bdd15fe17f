// SPDX-License-Identifier: Apache-2.0
#include "audit/plain_decoder.h"

#include <algorithm>

#include "base/check.h"

namespace salestream::audit {

using core::RejectReason;

namespace {

constexpr Billionths kHalfACent = kOne / 200;

// Half of a surrogate pair, as the JSON reader leaves it: bytes that occur in no UTF-8.
bool has_half_a_pair(std::string_view text) {
  for (std::size_t at = text.find('\xED'); at != std::string_view::npos; at = text.find('\xED', at + 1))
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) > 0x9F) return true;
  return false;
}

Billionths without_sign(Billionths n) { return n < 0 ? -n : n; }

}  // namespace

bool PlainDecoder::Scope::lacks_one() const {
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (fields[i].is_required && (found >> i & 1) == 0) return true;
  return false;
}

PlainDecoder::PlainDecoder(const core::Definition& definition)
    : definition_(definition),
      has_price_(definition.order.price.has_value()),
      product_is_element_(definition.order.product.is_element_itself()) {
  const core::OrderMapping& order = definition.order;
  order_fields_.fields.push_back({order.items, Role::kItems, true});
  if (order.client && definition.is_by(core::Dimension::kClient))
    order_fields_.fields.push_back({*order.client, Role::kClient, true});
  if (order.id && definition.deduplicate) order_fields_.fields.push_back({*order.id, Role::kId, true});
  if (order.time && definition.has_windows()) order_fields_.fields.push_back({*order.time, Role::kTime, true});
  if (order.total && has_price_) order_fields_.fields.push_back({*order.total, Role::kTotal, false});
  if (order.quantity_is_map)
    order_fields_.fields.push_back({order.quantity, Role::kQuantityMap, true});
  else
    item_fields_.fields.push_back({order.quantity, Role::kQuantity, true});
  if (!product_is_element_) item_fields_.fields.push_back({order.product, Role::kProduct, true});
  if (order.price) item_fields_.fields.push_back({*order.price, Role::kPrice, true});
}

std::optional<RejectReason> PlainDecoder::read(const PlainMessage& message, PlainOrder& order) {
  order_ = &order;
  order.items.clear();
  order.id = {};
  order.client = {};
  order.moment = {};
  order.has_wrong_total = false;
  order_fields_.found = 0;
  prices_.clear();
  quantities_.clear();
  total_kind_ = Total::kNone;

  if (message.is_null) return RejectReason::kNullMessage;
  if (message.is_cut || message.bytes.size() > definition_.max_message_bytes) return RejectReason::kMessageTooLarge;
  switch (json_.read(message.bytes)) {
    case JsonFault::kNone: break;
    case JsonFault::kEmpty: return RejectReason::kEmptyMessage;
    case JsonFault::kInvalidUtf8: return RejectReason::kInvalidUtf8;
    case JsonFault::kInvalidJson: return RejectReason::kInvalidJson;
    case JsonFault::kTooDeep: return RejectReason::kTooDeep;
  }
  if (json_.values()[0].kind != JsonKind::kObject) return RejectReason::kWrongType;
  if (const Fault fault = read_object(order_fields_, 0, 0, ~std::uint32_t{0})) return fault;
  if (order_fields_.lacks_one()) return RejectReason::kMissingField;
  return finish_order();
}

void PlainDecoder::give_back_memory(PlainOrder& order) {
  json_.give_back_memory();
  if (order.items.capacity() > kUsualItems) std::vector<PlainItem>().swap(order.items);
  if (prices_.capacity() > kUsualItems) std::vector<Billionths>().swap(prices_);
  if (quantities_.bucket_count() > kUsualItems) std::unordered_map<std::string_view, Billionths>().swap(quantities_);
}

// The members of the object, in their order. `candidates`: the fields whose paths lead here with their first `depth`
// steps.
PlainDecoder::Fault PlainDecoder::read_object(Scope& scope, std::size_t object, std::size_t depth,
                                              std::uint32_t candidates) {
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

PlainDecoder::Fault PlainDecoder::read_field(const Field& field, std::size_t at) {
  const JsonValue& value = json_.values()[at];
  const std::string_view text = json_.view(value.text);  // empty of what is neither a string nor a number
  switch (field.role) {
    case Role::kItems: return value.kind == JsonKind::kArray ? read_items(at) : RejectReason::kWrongType;
    case Role::kQuantityMap: return value.kind == JsonKind::kObject ? read_quantity_map(at) : RejectReason::kWrongType;
    case Role::kId:
      if (value.kind != JsonKind::kString && value.kind != JsonKind::kNumber) return RejectReason::kWrongType;
      if (has_half_a_pair(text)) return RejectReason::kLoneSurrogate;
      order_->id = text;
      return check_name(text);
    case Role::kClient:
      if (value.kind != JsonKind::kString) return RejectReason::kWrongType;
      if (has_half_a_pair(text)) return RejectReason::kLoneSurrogate;
      order_->client = text;
      return check_name(text);
    case Role::kTime: {
      if (value.kind != JsonKind::kString && value.kind != JsonKind::kNumber) return RejectReason::kWrongType;
      const auto moment = value.kind == JsonKind::kString ? moment_of_text(text) : moment_of_number(text);
      if (!moment) return RejectReason::kInvalidTime;
      order_->moment = *moment;
      return {};
    }
    case Role::kTotal: {
      // What can't be compared is a wrong total; what says nothing is none.
      if (value.kind == JsonKind::kNull) return {};
      const Amount amount = value.kind == JsonKind::kNumber || value.kind == JsonKind::kString
                                ? read_amount(text)
                                : Amount{AmountFault::kNotANumber, 0};
      total_kind_ = amount.fault == AmountFault::kNone ? Total::kThere : Total::kIncomparable;
      total_ = amount.value;
      return {};
    }
    case Role::kProduct:
      if (value.kind != JsonKind::kString) return RejectReason::kWrongType;
      if (has_half_a_pair(text)) return RejectReason::kLoneSurrogate;
      item_.product = text;
      return {};
    case Role::kQuantity: return read_number(at, item_.quantity);
    case Role::kPrice: return read_number(at, price_);
  }
  return {};
}

PlainDecoder::Fault PlainDecoder::read_items(std::size_t array) {
  for (std::size_t at = array + 1; at < json_.values()[array].end; at = json_.values()[at].end)
    if (const Fault fault = read_item(at)) return fault;
  return {};
}

PlainDecoder::Fault PlainDecoder::read_item(std::size_t at) {
  const JsonValue& value = json_.values()[at];
  item_ = {};
  price_ = 0;
  if (product_is_element_) {
    if (value.kind != JsonKind::kString) return RejectReason::kWrongType;
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
  } else if (const Fault fault = count_item(item_, price_)) {
    return fault;
  }
  if (is_kept) order_->items.push_back(item_);
  return {};
}

PlainDecoder::Fault PlainDecoder::read_quantity_map(std::size_t object) {
  for (std::size_t at = object + 1; at < json_.values()[object].end; at = json_.values()[at].end) {
    Billionths quantity = 0;
    if (const Fault fault = read_number(at, quantity)) return fault;
    if (!quantities_.emplace(json_.view(json_.values()[at].name), quantity).second)
      return RejectReason::kDuplicateField;
  }
  return {};
}

PlainDecoder::Fault PlainDecoder::read_number(std::size_t at, Billionths& out) const {
  const JsonValue& value = json_.values()[at];
  if (value.kind != JsonKind::kNumber && value.kind != JsonKind::kString) return RejectReason::kWrongType;
  const Amount amount = read_amount(json_.view(value.text));
  out = amount.value;
  switch (amount.fault) {
    case AmountFault::kNone: return {};
    case AmountFault::kNotANumber: return RejectReason::kNotANumber;
    case AmountFault::kTooLarge: return RejectReason::kNumberTooLarge;
  }
  return {};
}

PlainDecoder::Fault PlainDecoder::check_name(std::string_view name) const {
  if (name.empty()) return RejectReason::kEmptyKey;
  if (name.size() > core::kMaxKeyBytes) return RejectReason::kKeyTooLong;
  return {};
}

PlainDecoder::Fault PlainDecoder::count_item(PlainItem& item, Billionths price) const {
  if (item.quantity < 0 && !definition_.allow_returns) return RejectReason::kNegativeQuantity;
  if (!has_price_) return {};
  const std::optional<Billionths> revenue = times(item.quantity, price);
  if (!revenue) return RejectReason::kNumberTooLarge;
  item.revenue = *revenue;
  return {};
}

// Each line item has a key in each table: the names that the table is by, and the base.
PlainDecoder::Fault PlainDecoder::check_keys() const {
  std::int64_t bytes = 0;
  for (const core::TotalsTable& table : definition_.totals)
    for (const PlainItem& item : order_->items) {
      bytes += core::kKeyBaseBytes;
      for (const core::Dimension dimension : table.by) {
        if (dimension == core::Dimension::kProduct) bytes += static_cast<std::int64_t>(item.product.size());
        if (dimension == core::Dimension::kClient) bytes += static_cast<std::int64_t>(order_->client.size());
      }
    }
  if (bytes > core::kMaxOrderKeyBytes) return RejectReason::kKeysTooLarge;
  return {};
}

PlainDecoder::Fault PlainDecoder::finish_order() {
  if (const Fault fault = check_keys()) return fault;
  std::vector<PlainItem>& items = order_->items;
  if (definition_.order.quantity_is_map) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      const auto found = quantities_.find(items[i].product);
      if (found == quantities_.end()) return RejectReason::kQuantityMissing;
      items[i].quantity = found->second;
      if (const Fault fault = count_item(items[i], prices_[i])) return fault;
    }
  }
  Billionths revenue = 0, all_revenue = 0, all_units = 0;
  for (const PlainItem& item : items) {
    // Each is at most 10^27, and no message has room for the 10^11 of them that would not fit.
    SALESTREAM_CHECK(add_to(revenue, item.revenue) && add_to(all_revenue, without_sign(item.revenue)) &&
                     add_to(all_units, without_sign(item.quantity)));
  }
  if (all_revenue > kMostOfAnOrder || all_units > kMostOfAnOrder) return RejectReason::kNumberTooLarge;
  if (total_kind_ == Total::kNone) return {};
  order_->has_wrong_total = total_kind_ == Total::kIncomparable || without_sign(revenue - total_) >= kHalfACent;
  if (order_->has_wrong_total && definition_.wrong_total == core::WrongTotal::kReject) return RejectReason::kWrongTotal;
  return {};
}

}  // namespace salestream::audit
