// SPDX-License-Identifier: Apache-2.0
#include "audit/field_value.h"

#include <fmt/format.h>

#include <algorithm>

namespace salestream::audit {

using core::FieldType;
using core::RejectReason;

namespace {

using Known = core::FieldIndex::Known;

bool is_string_or_number(const Found& found) {
  return found.kind == JsonKind::kString || found.kind == JsonKind::kNumber;
}

bool says_nothing(const Found& found) {
  return found.kind == JsonKind::kNull || (found.kind == JsonKind::kString && found.text.empty());
}

// All digits that the number has, and no more.
std::string shortest_digits(Billionths number) {
  const bool is_negative = number < 0;
  if (is_negative) number = -number;
  std::string text = fmt::format("{}{}.{:09}", is_negative ? "-" : "", static_cast<std::uint64_t>(number / kOne),
                                 static_cast<std::uint64_t>(number % kOne));
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

Fault read_text(const Found& found, FieldValue& out) {
  if (!is_string_or_number(found)) return RejectReason::kWrongType;
  out.text = found.text;
  return check_name(found.text);
}

// Connect's Decimal: four letters of base64 are three bytes, of a number in two's complement.
Fault read_base64(const Found& found, Billionths& out) {
  if (found.kind != JsonKind::kString) return RejectReason::kWrongType;
  std::string_view letters = found.text;
  if (letters.size() % 4 != 0) return RejectReason::kNotANumber;
  for (int padding = 0; padding < 2 && letters.ends_with('='); ++padding) letters.remove_suffix(1);
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (letters.empty() || letters.find_first_not_of(kLetters) != std::string_view::npos)
    return RejectReason::kNotANumber;
  const std::size_t bits = letters.size() * 6 / 8 * 8;
  if (bits == 0) return RejectReason::kNotANumber;
  constexpr std::size_t kMostBits = 120;
  if (bits > kMostBits) return RejectReason::kNumberTooLarge;
  Billionths number = 0;
  for (std::size_t bit = 0; bit < bits; ++bit)
    number = number * 2 + static_cast<int>(kLetters.find(letters[bit / 6]) >> (5 - bit % 6) & 1);
  if (kLetters.find(letters[0]) >= 32) number -= Billionths(1) << bits;
  if (number > kMostOfAnOrder / kOne || number < -(kMostOfAnOrder / kOne)) return RejectReason::kNumberTooLarge;
  out = number * kOne;
  return {};
}

Fault read_integer(const Found& found, FieldValue& out) {
  if (const Fault fault = read_number(found.kind, found.text, out.number)) return fault;
  if (out.number % kOne != 0) return RejectReason::kNotANumber;
  return {};
}

Fault read_boolean(const Found& found, FieldValue& out) {
  if (found.kind != JsonKind::kBoolean && found.kind != JsonKind::kString) return RejectReason::kWrongType;
  if (found.text != "true" && found.text != "false") return RejectReason::kWrongType;
  out.boolean = found.text == "true";
  return {};
}

Fault read_date(const Found& found, FieldValue& out) {
  if (found.kind == JsonKind::kNull) return RejectReason::kWrongType;
  std::optional<std::int32_t> day;
  if (found.kind == JsonKind::kString) day = day_of_text(found.text);
  if (!day && found.unit == core::TimeUnit::kDays && is_json_number(found.text)) day = day_of_number(found.text);
  if (!day) return RejectReason::kInvalidTime;
  out.day.since_1970 = *day;
  return {};
}

Fault read_time(const Found& found, FieldValue& out) {
  if (!is_string_or_number(found)) return RejectReason::kWrongType;
  const std::optional<Moment> moment = found.kind == JsonKind::kNumber ? moment_of_number(found.text, found.unit)
                                                                       : moment_of_text_in(found.text, found.unit);
  if (!moment) return RejectReason::kInvalidTime;
  out.moment = *moment;
  return {};
}

}  // namespace

FieldType type_of(const core::Field& field, core::FieldIndex index) {
  switch (index.known) {
    case Known::kProduct:
    case Known::kClient:
    case Known::kId:
    case Known::kCurrency: return FieldType::kText;
    case Known::kTime: return FieldType::kTime;
    case Known::kQuantity:
    case Known::kPrice:
    case Known::kAmount: return FieldType::kDecimal;
    case Known::kNamed: break;
  }
  return field.type;
}

std::optional<Found> choose(const core::Field& field, const std::vector<Found>& there) {
  const auto found = std::find_if_not(there.begin(), there.end(), says_nothing);
  if (found != there.end()) return *found;
  // Of a default it is known what it says, but not whether it was a string or a number.
  if (field.fallback)
    return Found{is_json_number(*field.fallback) ? JsonKind::kNumber : JsonKind::kString, *field.fallback, field.unit,
                 true};
  return there.empty() ? std::nullopt : std::optional(there.front());
}

Fault read_value(const core::Field& field, FieldType type, const Found& found, FieldValue& out) {
  out.is_null = field.may_be_null && says_nothing(found);
  out.type = type;
  if (out.is_null) return {};
  switch (type) {
    case FieldType::kText: return read_text(found, out);
    case FieldType::kInteger: return read_integer(found, out);
    case FieldType::kDecimal:
      if (field.is_base64 && !found.is_default) return read_base64(found, out.number);
      return read_number(found.kind, found.text, out.number);
    case FieldType::kBoolean: return read_boolean(found, out);
    case FieldType::kDate: return read_date(found, out);
    case FieldType::kTime: return read_time(found, out);
  }
  return {};
}

PlainValue FieldValue::plain() const {
  if (is_null) return {};
  switch (type) {
    case FieldType::kText: return std::string(text);
    case FieldType::kInteger:
    case FieldType::kDecimal: return number;
    case FieldType::kBoolean: return boolean;
    case FieldType::kDate: return day;
    case FieldType::kTime: break;  // conditions have none
  }
  return {};
}

std::string FieldValue::key_text() const {
  switch (type) {
    case FieldType::kText: return std::string(text);
    case FieldType::kInteger:
    case FieldType::kDecimal: return shortest_digits(number);
    case FieldType::kBoolean: return boolean ? "true" : "false";
    case FieldType::kDate: return text_of_day(day.since_1970);
    case FieldType::kTime: break;
  }
  return {};
}

Billionths scaled(Billionths minor_units, int digits) {
  Billionths divisor = 1;
  for (int i = 0; i < digits; ++i) divisor *= 10;
  const bool is_negative = minor_units < 0;
  const Billionths size = is_negative ? -minor_units : minor_units;
  Billionths quotient = size / divisor;
  const Billionths rest = size % divisor;
  if (rest * 2 > divisor || (rest * 2 == divisor && quotient % 2 != 0)) ++quotient;
  return is_negative ? -quotient : quotient;
}

}  // namespace salestream::audit
