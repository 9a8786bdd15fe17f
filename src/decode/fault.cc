// SPDX-License-Identifier: Apache-2.0
#include "decode/fault.h"

#include <fmt/format.h>

#include "base/logging.h"
#include "decode/surrogates.h"

namespace salestream::decode {

using core::Decimal;
using core::RejectReason;

namespace {

// An order's own total may differ from the sum of its items by binary floating-point noise, but not by half a cent.
constexpr Decimal kHalfACent = Decimal::from_scaled(Decimal::kScale / 200);

}  // namespace

std::string shown_value(std::string_view text) { return base::printable(text, kMaxShownValueBytes); }

bool is_number_start(char first_byte) { return first_byte == '-' || static_cast<unsigned char>(first_byte - '0') < 10; }

const char* kind_of(char first_byte) {
  switch (first_byte) {
    case '{': return "an object";
    case '[': return "an array";
    case '"': return "a string";
    case 't':
    case 'f': return "a boolean";
    case 'n': return "null";
    default: return "a number";
  }
}

std::string place_text(std::string_view path, std::int64_t item_number) {
  if (item_number < 0) return std::string(path);
  return path == "." ? fmt::format("line item {}", item_number + 1)
                     : fmt::format("{} of line item {}", path, item_number + 1);
}

Fault syntax_fault(const Cursor& cursor) {
  const Token at = cursor.failed_at();
  const char* const text = cursor.text(at);
  if (cursor.syntax() == Syntax::kTooDeep)
    return {RejectReason::kTooDeep, fmt::format("objects and arrays stand more than {} deep in each other", kMaxDepth)};
  if (cursor.is_behind(at)) return {RejectReason::kInvalidJson, "the message ends in the middle"};
  switch (cursor.syntax()) {
    case Syntax::kBadEscape: return {RejectReason::kInvalidJson, "a string has an escape that JSON does not know"};
    case Syntax::kBadScalar: {
      std::size_t size = 0;
      while (size < kMaxShownValueBytes && std::string_view(",:]} \t\r\n").find(text[size]) == std::string_view::npos)
        ++size;
      return {RejectReason::kInvalidJson, fmt::format("'{}' is no JSON value", shown_value({text, size}))};
    }
    case Syntax::kUnexpectedToken:
    case Syntax::kTooDeep: break;
  }
  return {RejectReason::kInvalidJson, fmt::format("'{}' does not belong there", shown_value({text, 1}))};
}

Fault number_fault(core::NumberStatus status, const std::string& place, std::string_view text) {
  if (status == core::NumberStatus::kTooLarge) return {RejectReason::kNumberTooLarge, place + " is beyond 10^18"};
  return {RejectReason::kNotANumber, fmt::format("{} is the text \"{}\", not a number", place, shown_value(text))};
}

Fault negative_price(std::string_view product, Decimal price) {
  return {RejectReason::kNegativePrice,
          fmt::format("the price of '{}' is {}", shown_value(product), core::to_string(price, 2))};
}

Fault negative_quantity(std::string_view product, Decimal quantity) {
  return {RejectReason::kNegativeQuantity,
          fmt::format("the quantity of '{}' is {}; `allow_returns: true` in the pipeline file would count it",
                      shown_value(product), core::to_string(quantity, 0))};
}

Fault revenue_too_large(std::string_view product) {
  return {RejectReason::kNumberTooLarge, fmt::format("quantity × price of '{}' is beyond 10^18", shown_value(product))};
}

Fault wrong_key_name(std::string_view value, std::string_view path, std::int64_t item_number) {
  if (value.empty()) return {RejectReason::kEmptyKey, fmt::format("{} is empty", place_text(path, item_number))};
  return {RejectReason::kKeyTooLong, fmt::format("{} has {} bytes; the most is {}", place_text(path, item_number),
                                                 value.size(), core::kMaxKeyBytes)};
}

std::optional<Fault> check_halves(std::string_view text, std::string_view path, std::int64_t item_number) {
  const auto half = find_half(text);
  if (!half) return std::nullopt;
  return Fault{RejectReason::kLoneSurrogate,
               fmt::format("{} has \\u{:04x} in it, which is half of a character: the text was cut in the middle of it",
                           place_text(path, item_number), *half)};
}

std::optional<Fault> check_key_bytes(std::int64_t items, std::int64_t key_bytes) {
  if (key_bytes <= core::kMaxOrderKeyBytes) return std::nullopt;
  return Fault{RejectReason::kKeysTooLarge,
               fmt::format("the keys of its {} line items have {} bytes in all totals tables; the most is {}", items,
                           key_bytes, core::kMaxOrderKeyBytes)};
}

// What is added to any total is bounded by the sums of amounts without their signs. Each is at most 10^18, and no
// message has the 10^11 of them that would not fit.
std::optional<Fault> check_sums(std::span<const core::LineItem> items, const std::optional<Decimal>& total,
                                const AmountRules& rules, bool& is_wrong_total) {
  Decimal::Int128 revenue = 0, all_revenue = 0, all_units = 0;
  for (const core::LineItem& item : items) {
    revenue += item.revenue.scaled();
    all_revenue += item.revenue.is_negative() ? -item.revenue.scaled() : item.revenue.scaled();
    all_units += item.quantity.is_negative() ? -item.quantity.scaled() : item.quantity.scaled();
  }
  if (all_revenue > core::kMaxAmount.scaled() || all_units > core::kMaxAmount.scaled())
    return Fault{RejectReason::kNumberTooLarge, "the order's line items add up to more than 10^18"};
  is_wrong_total = false;
  if (!total) return std::nullopt;
  const Decimal::Int128 difference = revenue - total->scaled();
  is_wrong_total = difference >= kHalfACent.scaled() || difference <= -kHalfACent.scaled();
  if (!is_wrong_total || !rules.wrong_total_rejects) return std::nullopt;
  return Fault{RejectReason::kWrongTotal, fmt::format("the line items add up to {}, and the order says something else",
                                                      core::to_string(Decimal::from_scaled(revenue), 2))};
}

Decimal comparable_total(const core::ParsedNumber& number) {
  if (number.status == core::NumberStatus::kOk) return number.value;
  return Decimal::from_scaled(core::kMaxAmount.scaled() * 4);  // beyond every possible sum
}

}  // namespace salestream::decode
