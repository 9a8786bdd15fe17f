// SPDX-License-Identifier: Apache-2.0
#include "decode/field_values.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "calendar/date.h"
#include "calendar/epoch_units.h"
#include "calendar/order_time.h"
#include "core/field.h"
#include "decode/connect_decimal.h"
#include "decode/missing_field.h"

namespace salestream::decode {

using core::Decimal;
using core::FieldScope;
using core::FieldType;
using core::RejectReason;

namespace {

// The value ÷ 10^digits, a half rounded to the even digit.
Decimal scaled_down(Decimal value, int digits) {
  Decimal::Int128 power = 1;
  for (int i = 0; i < digits; ++i) power *= 10;
  Decimal::Int128 quotient = value.scaled() / power;
  const Decimal::Int128 rest = value.scaled() % power, twice = 2 * (rest < 0 ? -rest : rest);
  if (twice > power || (twice == power && quotient % 2 != 0)) quotient += rest < 0 ? -1 : 1;
  return Decimal::from_scaled(quotient);
}

std::optional<std::string_view> kafka_key_of(const MessageFacts& message) {
  return message.key.empty() ? std::nullopt : std::optional(message.key);
}

std::optional<std::string_view> header_of(const BoundField& field, const MessageFacts& message) {
  const std::size_t place = field.places.front();
  if (place >= message.headers.size() || !message.headers[place]) return std::nullopt;
  return *message.headers[place];
}

RejectReason reason_of_empty(FieldType type) {
  switch (type) {
    case FieldType::kText: return RejectReason::kEmptyKey;
    case FieldType::kInteger:
    case FieldType::kDecimal: return RejectReason::kNotANumber;
    case FieldType::kBoolean: return RejectReason::kWrongType;
    case FieldType::kDate:
    case FieldType::kTime: return RejectReason::kInvalidTime;
  }
  return RejectReason::kWrongType;
}

}  // namespace

BoundField FieldValues::bind(const core::Definition& definition, core::FieldIndex index, ObjectReader& reader) {
  BoundField bound{index, definition.field(index), definition.type_of(index), {}, {}};
  if (bound.field->scope == FieldScope::kHeader) {
    const std::vector<std::string> headers = definition.headers();
    const auto found = std::find(headers.begin(), headers.end(), core::header_of(*bound.field));
    bound.places.push_back(static_cast<std::uint32_t>(found - headers.begin()));
    bound.shown = "Kafka's header " + *found;
    return bound;
  }
  for (const core::FieldPath& path : bound.field->paths) bound.places.push_back(reader.add(path));
  if (bound.field->scope == FieldScope::kMessageKey)
    bound.shown = "Kafka's key";
  else if (bound.field->scope == FieldScope::kMessageTime)
    bound.shown = "Kafka's timestamp";
  else
    bound.shown = bound.field->path().text();
  return bound;
}

Fault FieldValues::wrong(RejectReason reason, const BoundField& field, std::string_view is) const {
  return {reason, fmt::format("{} {}", place_text(field.shown, item_number_), is)};
}

std::optional<Fault> FieldValues::choose(const BoundField& field, const ObjectReader& reader,
                                         const MessageFacts& message, RawValue& out) const {
  if (field.field->scope == FieldScope::kMessageKey || field.field->scope == FieldScope::kHeader) {
    const auto text = field.field->scope == FieldScope::kHeader ? header_of(field, message) : kafka_key_of(message);
    out = text ? RawValue{'"', *text} : RawValue{};
    if (text && !base::is_utf8(*text)) return wrong(RejectReason::kInvalidUtf8, field, "is not valid UTF-8");
  } else {
    out = {};
    for (const std::uint32_t place : field.places) {
      const RawValue& value = reader.value(place);
      if (!out.is_there() || !value.is_nothing()) out = value;
      if (!value.is_nothing()) return std::nullopt;
    }
  }
  if (!out.is_nothing()) return std::nullopt;
  if (field.field->fallback) {
    out = {'"', *field.field->fallback};
    return std::nullopt;
  }
  if (field.field->may_be_null) {
    out = {'n', {}};
    return std::nullopt;
  }
  if (!out.is_there() && core::is_of_kafka(field.field->scope))
    return wrong(RejectReason::kMissingField, field, "is missing");
  if (!out.is_there())
    return Fault{RejectReason::kMissingField,
                 describe_missing(place_text(field.shown, item_number_), field.shown, reader.object())};
  if (out.is_null()) return wrong(RejectReason::kWrongType, field, "is null");
  return wrong(reason_of_empty(field.type), field, "is empty");
}

std::optional<Fault> FieldValues::read(const BoundField& field, const ObjectReader& reader, const MessageFacts& message,
                                       std::string_view currency, std::int64_t item_number, FieldValue& out) {
  item_number_ = item_number;
  out = {};
  if (field.field->scope == FieldScope::kMessageTime && message.timestamp_ms >= 0) {
    const auto time = calendar::time_of_number(std::to_string(message.timestamp_ms), core::TimeUnit::kMilliseconds);
    if (!time) return wrong(RejectReason::kInvalidTime, field, "is out of the years");
    out.time = *time;
    return std::nullopt;
  }
  RawValue raw;
  if (auto fault = choose(field, reader, message, raw)) return fault;
  if (raw.is_null()) return std::nullopt;
  std::optional<Fault> fault;
  switch (field.type) {
    case FieldType::kText: {
      std::string_view text;
      fault = read_text(field, raw, text);
      out.value = core::Value::of_text(text);
      return fault;
    }
    case FieldType::kInteger:
    case FieldType::kDecimal: {
      Decimal number;
      fault = read_number(field, raw, currency, number);
      out.value = core::Value::of_number(number);
      return fault;
    }
    case FieldType::kBoolean: {
      bool is_true = false;
      fault = read_boolean(field, raw, is_true);
      out.value = core::Value::of_boolean(is_true);
      return fault;
    }
    case FieldType::kDate: {
      std::int32_t days = 0;
      fault = read_date(field, raw, days);
      out.value = core::Value::of_date(days);
      return fault;
    }
    case FieldType::kTime: return read_time(field, raw, out.time);
  }
  return fault;
}

std::optional<Fault> FieldValues::read_text(const BoundField& field, const RawValue& raw, std::string_view& out) const {
  if (!raw.is_text_or_number())
    return wrong(RejectReason::kWrongType, field, fmt::format("is {}, not a string or a number", kind_of(raw.first)));
  out = raw.text;
  if (auto fault = check_halves(out, field.shown, item_number_)) return fault;
  return check_key_name(out, field.shown, item_number_);
}

std::optional<Fault> FieldValues::read_boolean(const BoundField& field, const RawValue& raw, bool& out) const {
  const bool is_word = raw.first == 't' || raw.first == 'f' || raw.first == '"';
  if (!is_word || (raw.text != "true" && raw.text != "false"))
    return wrong(RejectReason::kWrongType, field, "is neither true nor false");
  out = raw.text == "true";
  return std::nullopt;
}

std::optional<Fault> FieldValues::read_number(const BoundField& field, const RawValue& raw, std::string_view currency,
                                              Decimal& out) const {
  // A default is written in digits.
  const bool is_default = field.field->fallback && raw.text.data() == field.field->fallback->data();
  if (field.field->is_base64 && !is_default) {
    if (raw.first != '"') return wrong(RejectReason::kWrongType, field, "is no string, and base64 is one");
    const core::ParsedNumber number = parse_connect_decimal(raw.text);
    if (number.status != core::NumberStatus::kOk)
      return number_fault(number.status, place_text(field.shown, item_number_), raw.text);
    out = number.value;
  } else {
    const auto number = number_of(raw);
    if (!number) return number_fault(raw, place_text(field.shown, item_number_));
    out = *number;
  }
  if (field.field->is_base64 && is_default) return std::nullopt;  // the number itself
  int digits = field.field->scale_digits;
  if (field.field->is_scaled_by_currency) {
    const auto found = core::minor_unit_digits(currency);
    if (!found)
      return wrong(RejectReason::kWrongType, field,
                   fmt::format("is in the currency '{}', which is no code of three letters", shown_value(currency)));
    digits = *found;
  }
  if (digits != 0) out = scaled_down(out, digits);
  if (field.type == FieldType::kInteger && out.scaled() % Decimal::kScale != 0)
    return wrong(RejectReason::kNotANumber, field, fmt::format("is {}, not a whole number", core::to_string(out, 0)));
  return std::nullopt;
}

std::optional<Fault> FieldValues::read_time(const BoundField& field, const RawValue& raw, core::OrderTime& out) const {
  if (!raw.is_text_or_number())
    return wrong(RejectReason::kWrongType, field, fmt::format("is {}, not a time", kind_of(raw.first)));
  const auto time = raw.first == '"' ? calendar::time_of_text(raw.text, field.field->unit)
                                     : calendar::time_of_number(raw.text, field.field->unit);
  if (!time && field.field->unit == core::TimeUnit::kBySize)
    return wrong(RejectReason::kInvalidTime, field, "is " + calendar::describe_no_time(raw.text));
  if (!time)
    return wrong(RejectReason::kInvalidTime, field,
                 fmt::format("is '{}', and a time is ISO 8601 such as 2024-11-03T14:25:07-03:00, or a number of epoch "
                             "time",
                             shown_value(raw.text)));
  out = *time;
  return std::nullopt;
}

std::optional<Fault> FieldValues::read_date(const BoundField& field, const RawValue& raw, std::int32_t& days) const {
  std::optional<std::int32_t> found;
  if (raw.first == '"') found = calendar::days_of(raw.text);
  if (!found && field.field->unit == core::TimeUnit::kDays) {
    if (raw.is_text_or_number()) found = calendar::days_of_number(raw.text);
  }
  if (!found)
    return wrong(RejectReason::kInvalidTime, field,
                 fmt::format("is '{}', and a date is written 2024-11-03", shown_value(raw.text)));
  days = *found;
  return std::nullopt;
}

core::KeyValue FieldValues::key_of(const BoundField& field, const FieldValue& value) {
  switch (field.type) {
    case FieldType::kText: return {value.value.text, {}};
    case FieldType::kTime: return {{}, value.time};
    case FieldType::kBoolean: return {value.value.boolean ? "true" : "false", {}};
    case FieldType::kInteger:
    case FieldType::kDecimal: return {texts_.emplace_back(core::to_string(value.value.number, 0)), {}};
    case FieldType::kDate: return {texts_.emplace_back(calendar::text_of_days(value.value.days)), {}};
  }
  return {};
}

}  // namespace salestream::decode
