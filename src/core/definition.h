// SPDX-License-Identifier: Apache-2.0
// Definition: everything in a pipeline file that decides the totals, and nothing
// else. Two runs with the same definition over the same source give the same cells, to the last digit; that is what the
// exactly-once protocol rests on. Immutable once made; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/field.h"

namespace salestream::core {

// Where the parts of an order stand in a message.
struct OrderMapping {
  std::optional<Field> id;
  std::optional<Field> client;
  std::optional<Field> time;
  std::optional<Field> total;
  std::optional<Field> currency;  // revenue of two currencies is never added
  ItemsPath items;

  Field product;

  // Quantity stands in the line item, or in an object of the order that maps product names to quantities.
  bool quantity_is_map = false;
  Field quantity;

  std::optional<Field> price;
  std::optional<Field> amount;  // of the line; where it is named, revenue is its sum, not that of quantity × price

  bool has_revenue() const { return price || amount; }
  friend bool operator==(const OrderMapping&, const OrderMapping&) = default;
};

// A value of the order that a key or a condition can have: one of those that `order` names, or of `fields` by its place
// there.
struct FieldIndex {
  enum class Known : std::uint8_t {
    kProduct,
    kClient,
    kTime,
    kId,
    kCurrency,
    kQuantity,  // this one and the next two in conditions only
    kPrice,
    kAmount,
    kNamed
  };
  Known known = Known::kProduct;
  std::uint8_t place = 0;  // in Definition::fields

  static FieldIndex named(std::size_t place) { return {Known::kNamed, static_cast<std::uint8_t>(place)}; }
  friend bool operator==(const FieldIndex&, const FieldIndex&) = default;
};

// The window of time that a time falls in.
enum class Window : std::uint8_t { kNone, kMinute, kHour, kDay, kWeek, kMonth };
inline constexpr std::size_t kWindowCount = static_cast<std::size_t>(Window::kMonth) + 1;

// One value of a table's `by`: a field, or a window of a field that is a time.
struct Dimension {
  FieldIndex field;
  Window window = Window::kNone;

  friend bool operator==(const Dimension&, const Dimension&) = default;

  // Of the fields that every pipeline may have; windows are those of the order's own time.
  static const Dimension kProduct, kClient, kMinute, kHour, kDay, kWeek, kMonth;
};
inline constexpr Dimension Dimension::kProduct{{FieldIndex::Known::kProduct}, Window::kNone};
inline constexpr Dimension Dimension::kClient{{FieldIndex::Known::kClient}, Window::kNone};
inline constexpr Dimension Dimension::kMinute{{FieldIndex::Known::kTime}, Window::kMinute};
inline constexpr Dimension Dimension::kHour{{FieldIndex::Known::kTime}, Window::kHour};
inline constexpr Dimension Dimension::kDay{{FieldIndex::Known::kTime}, Window::kDay};
inline constexpr Dimension Dimension::kWeek{{FieldIndex::Known::kTime}, Window::kWeek};
inline constexpr Dimension Dimension::kMonth{{FieldIndex::Known::kTime}, Window::kMonth};

enum class Measure : std::uint8_t { kRevenue, kUnits, kOrders };

constexpr bool is_window(Dimension dimension) { return dimension.window != Window::kNone; }

const char* name_of(Window window);
const char* name_of(Measure measure);
// By these names; nothing: none has it.
std::optional<Window> window_of(std::string_view name);
std::optional<Measure> measure_of(std::string_view name);

struct Column {
  std::string name;
  std::variant<Dimension, Measure> shows;
  std::string place = {};  // of the name, "FILE:LINE:COLUMN", for messages; decides nothing, and may be empty
};

// One result: a row for each different value of `by`.
struct TotalsTable {
  std::string name;
  std::vector<Dimension> by;    // never empty
  std::vector<Column> columns;  // every dimension of `by` exactly once, and at least one measure
  std::string place = {};       // as a column's

  // The first measure among the columns: what tables of totals are ordered by.
  Measure first_measure() const;
  // Then its rows have revenue in different currencies, and the sum of all of them is no figure.
  bool is_by_currency() const;
};

// What happens to an order whose own total differs from the sum of its line items by half a cent or more.
enum class WrongTotal : std::uint8_t { kCount, kReject };

// What a message says of an order: that it is new, or, as Debezium does, how its row was and how it is now.
enum class Changes : std::uint8_t { kAppend, kDebezium };
const char* name_of(Changes changes);
std::optional<Changes> changes_of(std::string_view name);

// An order id counts once among the last messages of its partition: an order is a duplicate when one of the
// `window_messages` messages before it was an order with the same id.
struct Deduplicate {
  std::int64_t window_messages = 1'000'000;
};
inline constexpr std::int64_t kMaxWindowMessages = 10'000'000;  // 220 MB a partition

struct Definition {
  std::string pipeline;
  OrderMapping order;
  Changes changes = Changes::kAppend;
  std::vector<Field> fields;  // of names that the pipeline file gives them
  // Conditions (docs/expressions.md), as expression::to_text writes them; empty: none. What is not TRUE is left out.
  std::string where;
  std::string items_where;
  // An expression that is 1 or -1 for each line item, which is then subtracted; empty: all count.
  std::string sign;
  std::vector<std::string> keep_products;  // empty: every product counts
  bool allow_returns = false;              // negative quantities
  WrongTotal wrong_total = WrongTotal::kCount;
  std::optional<Deduplicate> deduplicate;  // needs order.id
  std::uint64_t max_message_bytes = 4 << 20;
  std::string timezone = "UTC";  // whose clock windows of time go by, and times of orders that name no zone
  std::vector<TotalsTable> totals;

  // Whether nothing is asked of an order but values that stand at one place each: what a decoder can read in one go,
  // and what all pipelines of salestream 0.1 and 0.2 are.
  bool is_plain() const;

  // nullptr: `order` does not name it.
  const Field* field(FieldIndex index) const;
  // Of those of `order` it is known; `fields` say it.
  FieldType type_of(FieldIndex index) const;
  // As keys and conditions name it: "product", "country".
  std::string name_of(FieldIndex index) const;
  // As pipeline files name it: "product", "day", "country", "day(shipped_at)".
  std::string name_of(Dimension dimension) const;
  std::string name_of(const std::variant<Dimension, Measure>& shows) const;
  std::optional<Dimension> dimension_of(std::string_view name) const;

  // The headers of Kafka's messages that fields are: each name once.
  std::vector<std::string> headers() const;

  // Whether any table has it in its key.
  bool is_by(Dimension dimension) const;
  bool has_windows() const;
  // In how many tables' keys.
  int tables_by(Dimension dimension) const;

  // The definition as `name: value` lines in a fixed order: kept in the store, where a changed pipeline file is found
  // by comparing it.
  std::string canonical_text() const;
};

// The first line in which two canonical texts differ, as ("was", "is"): of one key where that has changed. Either is
// empty where the key is in one of them only.
std::optional<std::pair<std::string, std::string>> first_difference(const std::string& was, const std::string& is);

// A row's key: the values of a table's `by`, in one string that orders and compares as bytes. One dimension is its own
// key; with more, each but the last is preceded by its length.
std::string make_key(const std::vector<std::string_view>& values);
// The same, value by value, into memory that is used again.
class KeyWriter {
 public:
  KeyWriter(std::string& key, std::size_t count) : key_(key), left_(count) { key_.clear(); }
  void add(std::string_view value);

 private:
  std::string& key_;
  std::size_t left_;
};
// The values again; fewer than `count` when `key` was not made by make_key.
std::vector<std::string> split_key(std::string_view key, std::size_t count);

}  // namespace salestream::core
