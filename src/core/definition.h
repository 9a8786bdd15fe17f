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

namespace salestream::core {

// Where a value stands in a JSON object: the names on the way to it. `order.lines` has two steps; `.`, the element
// itself, has none.
struct FieldPath {
  std::vector<std::string> steps;

  bool is_element_itself() const { return steps.empty(); }
  std::string text() const;
  friend bool operator==(const FieldPath&, const FieldPath&) = default;
};

// Where the parts of an order stand in a message.
struct OrderMapping {
  std::optional<FieldPath> id;
  std::optional<FieldPath> client;
  std::optional<FieldPath> time;
  std::optional<FieldPath> total;
  FieldPath items;  // an array

  FieldPath product;  // in an element of `items`

  // Quantity stands in the element, or in an object of the order that maps product names to quantities.
  bool quantity_is_map = false;
  FieldPath quantity;

  std::optional<FieldPath> price;  // in an element of `items`; without it there is no revenue
};

// The windows of time are those that the order's own time falls in.
enum class Dimension : std::uint8_t { kProduct, kClient, kMinute, kHour, kDay, kWeek, kMonth };
inline constexpr std::size_t kDimensionCount = static_cast<std::size_t>(Dimension::kMonth) + 1;

enum class Measure : std::uint8_t { kRevenue, kUnits, kOrders };

constexpr bool is_window(Dimension dimension) { return dimension >= Dimension::kMinute; }

const char* name_of(Dimension dimension);
const char* name_of(Measure measure);
// By these names; nothing: none has it.
std::optional<Dimension> dimension_of(std::string_view name);
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
};

// What happens to an order whose own total differs from the sum of its line items by half a cent or more.
enum class WrongTotal : std::uint8_t { kCount, kReject };

// An order id counts once among the last messages of its partition: an order is a duplicate when one of the
// `window_messages` messages before it was an order with the same id.
struct Deduplicate {
  std::int64_t window_messages = 1'000'000;
};
inline constexpr std::int64_t kMaxWindowMessages = 10'000'000;  // 220 MB a partition

struct Definition {
  std::string pipeline;
  OrderMapping order;
  std::vector<std::string> keep_products;  // empty: every product counts
  bool allow_returns = false;              // negative quantities
  WrongTotal wrong_total = WrongTotal::kCount;
  std::optional<Deduplicate> deduplicate;  // needs order.id
  std::uint64_t max_message_bytes = 4 << 20;
  std::string timezone = "UTC";  // whose clock windows of time go by, and times of orders that name no zone
  std::vector<TotalsTable> totals;

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
// The values again; fewer than `count` when `key` was not made by make_key.
std::vector<std::string> split_key(std::string_view key, std::size_t count);

}  // namespace salestream::core
