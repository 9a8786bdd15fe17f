// SPDX-License-Identifier: Apache-2.0
// Why a document is no countable order, and the words that details of rejected messages share. Values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/decimal.h"
#include "core/order.h"
#include "core/reject_reason.h"
#include "decode/cursor.h"

namespace salestream::decode {

struct Fault {
  core::RejectReason reason = core::RejectReason::kInvalidJson;
  std::string detail;
};

// As much of a foreign name or value as an error text shows.
inline constexpr std::size_t kMaxShownValueBytes = 60;
std::string shown_value(std::string_view text);

bool is_number_start(char first_byte);
// "an object", by the first byte of a JSON value.
const char* kind_of(char first_byte);
// "price of line item 3"; a negative number: "price".
std::string place_text(std::string_view path, std::int64_t item_number);
// Of a cursor that has failed.
Fault syntax_fault(const Cursor& cursor);

// Of a number that is none, or too large. `text`: what stands there.
Fault number_fault(core::NumberStatus status, const std::string& place, std::string_view text);

// What every line item and every order must keep to, whatever says where their values stand.
struct AmountRules {
  bool allow_returns = false;
  bool wrong_total_rejects = false;
};

Fault negative_price(std::string_view product, core::Decimal price);
Fault negative_quantity(std::string_view product, core::Decimal quantity);
Fault revenue_too_large(std::string_view product);
Fault wrong_key_name(std::string_view value, std::string_view path, std::int64_t item_number);

// Asked of every line item: what is wrong is told elsewhere.
inline std::optional<Fault> check_price(std::string_view product, core::Decimal price, const AmountRules& rules) {
  if (!price.is_negative() || rules.allow_returns) return std::nullopt;
  return negative_price(product, price);
}
inline std::optional<Fault> check_quantity(std::string_view product, core::Decimal quantity, const AmountRules& rules) {
  if (!quantity.is_negative() || rules.allow_returns) return std::nullopt;
  return negative_quantity(product, quantity);
}
// Sets the item's revenue.
inline std::optional<Fault> multiply_revenue(core::LineItem& item, core::Decimal price) {
  const auto revenue = core::multiply(item.quantity, price);
  if (!revenue || !core::within_max_amount(*revenue)) return revenue_too_large(item.product);
  item.revenue = *revenue;
  return std::nullopt;
}
inline std::optional<Fault> check_key_name(std::string_view value, std::string_view path, std::int64_t item_number) {
  if (!value.empty() && value.size() <= core::kMaxKeyBytes) return std::nullopt;
  return wrong_key_name(value, path, item_number);
}
// Of a text that is stored, or compared with one that is: it has half of a surrogate pair in it (surrogates.h).
std::optional<Fault> check_halves(std::string_view text, std::string_view path, std::int64_t item_number);
std::optional<Fault> check_key_bytes(std::int64_t items, std::int64_t key_bytes);
// The sums of an order's line items, and its own total, if it has one, beside them.
std::optional<Fault> check_sums(std::span<const core::LineItem> items, const std::optional<core::Decimal>& total,
                                const AmountRules& rules, bool& is_wrong_total);
// An order's own total. What can't be compared is a wrong total, not a broken order.
core::Decimal comparable_total(const core::ParsedNumber& number);

}  // namespace salestream::decode
