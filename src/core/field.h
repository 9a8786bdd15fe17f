// SPDX-License-Identifier: Apache-2.0
// Field: a value of an order by name: where it stands, what it has to be, and what it is where nothing stands there.
// Part of a Definition. Values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace salestream::core {

// Where a value stands in a JSON object: the names on the way to it. `order.lines` has two steps; `.`, the element
// itself, has none.
struct FieldPath {
  std::vector<std::string> steps;

  bool is_element_itself() const { return steps.empty(); }
  // Whether `other` stands in what stands here.
  bool holds(const FieldPath& other) const;
  std::string text() const;
  friend bool operator==(const FieldPath&, const FieldPath&) = default;
};

// In what a field's paths begin, or which part of Kafka's message it is.
enum class FieldScope : std::uint8_t {
  kUsual,        // of order.product, quantity, price and amount: the line item; of all others: the order
  kOrder,        // the message, or what `items` begins in
  kItem,         // a line item
  kMessageKey,   // Kafka's key, as text
  kMessageTime,  // Kafka's timestamp
  kHeader,       // the header of Kafka's message that has the name of the field's only path, as text
};

// Whether it stands beside the message's bytes.
constexpr bool is_of_kafka(FieldScope scope) {
  return scope == FieldScope::kMessageKey || scope == FieldScope::kMessageTime || scope == FieldScope::kHeader;
}

enum class FieldType : std::uint8_t { kText, kInteger, kDecimal, kBoolean, kDate, kTime };

// What a number of a time or of a date counts since 1970-01-01.
enum class TimeUnit : std::uint8_t { kBySize, kSeconds, kMilliseconds, kMicroseconds, kNanoseconds, kDays };

struct Field {
  std::string name = {};  // of `fields`; empty for those of `order`, which their place names
  FieldScope scope = FieldScope::kUsual;
  // More than one: the first that is there, neither null nor an empty text.
  std::vector<FieldPath> paths = {};
  FieldType type = FieldType::kText;
  // What it is where it is missing, null, or an empty text: a JSON scalar's text, without quotes.
  std::optional<std::string> fallback = {};
  bool may_be_null = false;  // there it is NULL, in conditions
  // A number of minor units: 4990 with two digits is 49.90. By currency: as many digits as ISO 4217 gives it.
  int scale_digits = 0;
  bool is_scaled_by_currency = false;
  // The number stands as Kafka Connect's Decimal: base64 of its digits, a big-endian two's complement integer.
  bool is_base64 = false;
  TimeUnit unit = TimeUnit::kBySize;

  Field() = default;
  // What stands at one place, as it is.
  Field(FieldPath path) : paths{std::move(path)} {}  // NOLINT(google-explicit-constructor)

  // The first of its places; of none it is the element itself.
  FieldPath path() const { return paths.empty() ? FieldPath{} : paths.front(); }
  bool is_element_itself() const { return paths.empty() || paths.front().is_element_itself(); }
  // Nothing is said of it but one place.
  bool is_plain() const;
  friend bool operator==(const Field&, const Field&) = default;
};

// The name of the header that a field of scope kHeader is.
std::string header_of(const Field& field);

// Where the line items stand: an array, or one object that is the only line item. With more than one path each but the
// last leads to an array, in whose elements the next one begins: `orders[].items`. Without steps the message is its
// own line item.
struct ItemsPath {
  std::vector<FieldPath> levels;
  bool is_json_text = false;  // a string at the last path that holds JSON

  ItemsPath() = default;
  ItemsPath(FieldPath path) : levels{std::move(path)} {}  // NOLINT(google-explicit-constructor)

  FieldPath path() const { return levels.empty() ? FieldPath{} : levels.front(); }
  bool is_message_itself() const { return path().is_element_itself(); }
  bool is_plain() const { return levels.size() == 1 && !is_message_itself() && !is_json_text; }
  std::string text() const;  // "orders[].items"
  friend bool operator==(const ItemsPath&, const ItemsPath&) = default;
};

const char* name_of(FieldType type);
const char* name_of(TimeUnit unit);
std::optional<FieldType> field_type_of(std::string_view name);
std::optional<TimeUnit> time_unit_of(std::string_view name);

// How many digits behind the decimal point a currency's smallest unit has (ISO 4217, list one of 2024-06-25): 2 but for
// those that are named there with another number. Nothing: `code` is not three letters.
std::optional<int> minor_unit_digits(std::string_view code);

}  // namespace salestream::core
