// SPDX-License-Identifier: Apache-2.0
#include "audit/plain_order.h"

#include "base/check.h"

namespace salestream::audit {

using core::RejectReason;

namespace {

constexpr Billionths kHalfACent = kOne / 200;

Billionths without_sign(Billionths n) { return n < 0 ? -n : n; }

}  // namespace

void PlainOrder::clear() {
  items.clear();
  id = {};
  client = {};
  moment = {};
  has_wrong_total = false;
  order_values.clear();
  item_values.clear();
}

Fault read_json(const PlainMessage& message, std::uint64_t max_message_bytes, JsonReader& json) {
  if (message.is_null) return RejectReason::kNullMessage;
  if (message.is_cut || message.bytes.size() > max_message_bytes) return RejectReason::kMessageTooLarge;
  switch (json.read(message.bytes)) {
    case JsonFault::kNone: break;
    case JsonFault::kEmpty: return RejectReason::kEmptyMessage;
    case JsonFault::kInvalidUtf8: return RejectReason::kInvalidUtf8;
    case JsonFault::kInvalidJson: return RejectReason::kInvalidJson;
    case JsonFault::kTooDeep: return RejectReason::kTooDeep;
  }
  if (json.values()[0].kind != JsonKind::kObject) return RejectReason::kWrongType;
  return {};
}

bool has_half_a_pair(std::string_view text) {
  for (std::size_t at = text.find('\xED'); at != std::string_view::npos; at = text.find('\xED', at + 1))
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) > 0x9F) return true;
  return false;
}

Fault check_name(std::string_view name) {
  if (has_half_a_pair(name)) return RejectReason::kLoneSurrogate;
  if (name.empty()) return RejectReason::kEmptyKey;
  if (name.size() > core::kMaxKeyBytes) return RejectReason::kKeyTooLong;
  return {};
}

Fault read_number(JsonKind kind, std::string_view text, Billionths& out) {
  if (kind != JsonKind::kNumber && kind != JsonKind::kString) return RejectReason::kWrongType;
  const Amount amount = read_amount(text);
  out = amount.value;
  switch (amount.fault) {
    case AmountFault::kNone: return {};
    case AmountFault::kNotANumber: return RejectReason::kNotANumber;
    case AmountFault::kTooLarge: return RejectReason::kNumberTooLarge;
  }
  return {};
}

Fault read_quantities(const JsonReader& json, std::size_t at, Quantities& out) {
  const std::vector<JsonValue>& values = json.values();
  if (values[at].kind != JsonKind::kObject) return RejectReason::kWrongType;
  for (std::size_t each = at + 1; each < values[at].end; each = values[each].end) {
    Billionths quantity = 0;
    if (const Fault fault = read_number(values[each].kind, json.view(values[each].text), quantity)) return fault;
    if (!out.emplace(json.view(values[each].name), quantity).second) return RejectReason::kDuplicateField;
  }
  return {};
}

OwnTotal own_total_of(JsonKind kind, std::string_view text) {
  if (kind == JsonKind::kNull) return {};
  Billionths value = 0;
  const Fault fault = read_number(kind, text, value);
  return {fault ? OwnTotal::Kind::kIncomparable : OwnTotal::Kind::kThere, value};
}

Fault count_item(PlainItem& item, std::optional<Billionths> price, bool allow_returns) {
  if (item.quantity < 0 && !allow_returns) return RejectReason::kNegativeQuantity;
  if (!price) return {};
  const std::optional<Billionths> revenue = times(item.quantity, *price);
  if (!revenue) return RejectReason::kNumberTooLarge;
  item.revenue = *revenue;
  return {};
}

Fault check_sums(const core::Definition& definition, const OwnTotal& total, PlainOrder& order) {
  Billionths revenue = 0, all_revenue = 0, all_units = 0;
  for (const PlainItem& item : order.items) {
    // Each is at most 10^27, and no message has room for the 10^11 of them that would not fit.
    SALESTREAM_CHECK(add_to(revenue, item.revenue) && add_to(all_revenue, without_sign(item.revenue)) &&
                     add_to(all_units, without_sign(item.quantity)));
  }
  if (all_revenue > kMostOfAnOrder || all_units > kMostOfAnOrder) return RejectReason::kNumberTooLarge;
  if (total.kind == OwnTotal::Kind::kNone) return {};
  order.has_wrong_total =
      total.kind == OwnTotal::Kind::kIncomparable || without_sign(revenue - total.value) >= kHalfACent;
  if (order.has_wrong_total && definition.wrong_total == core::WrongTotal::kReject) return RejectReason::kWrongTotal;
  return {};
}

}  // namespace salestream::audit
