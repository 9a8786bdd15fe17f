// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/logging.h"
#include "config/sections.h"

namespace salestream::config {
namespace {

constexpr std::size_t kMaxTables = 16;
constexpr std::size_t kMaxColumns = 16;
constexpr std::size_t kMaxNameBytes = 48;  // Cassandra's limit for a table's name

// What a table can be by: fields, and windows of the order's own time.
std::string dimensions_text(const core::Definition& definition) {
  std::string text = "product, client, minute, hour, day, week";
  for (const core::Field& field : definition.fields)
    text += field.type == core::FieldType::kTime ? ", day(" + field.name + ")" : ", " + field.name;
  return text + (definition.order.currency ? ", currency or month" : " or month");
}

std::string shown_text(const core::Definition& definition) {
  std::string text = dimensions_text(definition);
  return text.replace(text.rfind(" or month"), 9, ", month, revenue, units or orders");
}

bool is_name(std::string_view text) { return text.size() <= kMaxNameBytes && is_plain_name(text); }

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

// Databases fold the case of names: two that differ in nothing else are one there.
class Names {
 public:
  base::Status add(const YamlMap& map, const YamlMember& member, const std::string& what) {
    const std::string shown = "'" + base::printable(member.key, 60) + "'";
    if (!is_name(member.key))
      return map.error_at_key(member, shown + " cannot be the name of a " + what +
                                          "; letters without accents, digits and "
                                          "'_', not beginning with a digit, at most " +
                                          std::to_string(kMaxNameBytes));
    const auto [first, is_new] = lines_.emplace(lower(member.key), member.place.line);
    if (!is_new)
      return map.error_at_key(member, shown + " is, but for upper and lower case, the name of the " + what +
                                          " in line " + std::to_string(first->second) + " too");
    return {};
  }

 private:
  std::unordered_map<std::string, int> lines_;
};

base::Status check_dimension(const YamlValue& value, const core::Dimension& dimension,
                             const core::Definition& definition) {
  using Known = core::FieldIndex::Known;
  const core::Field* const field = definition.field(dimension.field);
  const std::string name = definition.name_of(dimension.field);
  if (field == nullptr && dimension.field.known == Known::kTime)
    return value.error("has " + definition.name_of(dimension) +
                       "; say in order.time where the time of the sale stands in a message");
  if (field == nullptr)
    return value.error("has " + name + "; say in order." + name + " where the " + name + " stands in a message");
  if (dimension.field.known == Known::kTime) return {};
  const bool is_time = field->type == core::FieldType::kTime;
  if (is_time && dimension.window == core::Window::kNone)
    return value.error("has " + name + ", which is a time; a row is a window of it: day(" + name + ")");
  if (!is_time && dimension.window != core::Window::kNone)
    return value.error("has " + definition.name_of(dimension) + ", and " + name + " is no time");
  if (field->may_be_null)
    return value.error("has " + name + ", which may be NULL; a value of a key needs a default that is a value");
  return {};
}

base::Result<std::vector<core::Dimension>> read_by(const YamlValue& by, const core::Definition& definition) {
  std::vector<core::Dimension> dimensions;
  SALESTREAM_ASSIGN(const auto values, by.list());
  for (const YamlValue& value : values) {
    const std::string expected = dimensions_text(definition);
    SALESTREAM_ASSIGN(const std::string text, value.text(expected));
    const auto dimension = definition.dimension_of(text);
    if (!dimension) return value.error("has " + value.shown() + "; " + expected + " belongs here");
    if (std::ranges::count(dimensions, *dimension) > 0) return value.error("has " + value.shown() + " twice");
    SALESTREAM_TRY(check_dimension(value, *dimension, definition));
    dimensions.push_back(*dimension);
  }
  return dimensions;
}

// A sum of different currencies is no figure.
base::Status check_currency(const YamlValue& value, const std::vector<core::Dimension>& by,
                            const core::Definition& definition) {
  const core::Dimension currency{{core::FieldIndex::Known::kCurrency}, core::Window::kNone};
  if (!definition.order.currency || std::ranges::count(by, currency) > 0) return {};
  if (names_one_currency(definition)) return {};
  return value.error(
      "is revenue, and orders may be in different currencies, whose sum is no figure; put currency "
      "into by of this table, or name one: where: currency = 'BRL'");
}

base::Result<std::vector<core::Column>> read_columns(const YamlValue& columns, const std::vector<core::Dimension>& by,
                                                     const core::Definition& definition) {
  SALESTREAM_ASSIGN(const YamlMap map, columns.map("totals.<table>.columns"));
  const std::string expected = shown_text(definition);
  std::vector<core::Column> out;
  std::vector<core::Dimension> shown;
  Names names;
  for (const YamlMember& member : map.members()) {
    SALESTREAM_TRY(names.add(map, member, "column"));
    if (out.size() == kMaxColumns)
      return map.error_at_key(member, columns.keys() + " has more than " + std::to_string(kMaxColumns) + " columns");
    const YamlValue& value = member.value;
    SALESTREAM_ASSIGN(const std::string text, value.text(expected));
    if (const auto dimension = definition.dimension_of(text)) {
      if (std::ranges::count(by, *dimension) == 0)
        return value.error("is " + value.shown() + ", which is not in by of this table");
      if (std::ranges::count(shown, *dimension) > 0)
        return value.error("is " + value.shown() + ", which a column above shows already");
      shown.push_back(*dimension);
      out.push_back({member.key, *dimension, map.place_of(member)});
    } else if (const auto measure = core::measure_of(text)) {
      if (*measure == core::Measure::kRevenue) {
        if (!definition.order.has_revenue())
          return value.error(
              "is revenue, which needs prices; say in order.price where the price stands in a line item, or in "
              "order.amount where the line's own amount does");
        SALESTREAM_TRY(check_currency(value, by, definition));
      }
      out.push_back({member.key, *measure, map.place_of(member)});
    } else {
      return value.error("is " + value.shown() + "; " + expected + " belongs here");
    }
  }
  for (const core::Dimension dimension : by)
    if (std::ranges::count(shown, dimension) == 0)
      return columns.error("has no column that shows " + definition.name_of(dimension) +
                           ", which is in by of this table");
  if (out.size() == shown.size()) return columns.error("has no column that shows a measure: revenue, units or orders");
  return out;
}

}  // namespace

bool is_plain_name(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && letter(text[0]) &&
         std::ranges::all_of(text, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

bool is_known_field_name(std::string_view name) {
  constexpr std::string_view kNames[] = {"id",      "client",   "time",  "total",  "currency", "items",
                                         "product", "quantity", "price", "amount", "none"};
  return std::ranges::count(kNames, name) > 0 || core::window_of(name) || core::measure_of(name);
}

base::Result<std::vector<core::TotalsTable>> read_totals(const YamlValue& totals, const core::Definition& definition) {
  SALESTREAM_ASSIGN(const YamlMap map, totals.map("totals"));
  const auto members = map.members();
  if (members.empty()) return totals.error("has no table");
  if (members.size() > kMaxTables)
    return totals.error("has " + std::to_string(members.size()) + " tables; " + std::to_string(kMaxTables) +
                        " are the most");
  std::vector<core::TotalsTable> tables;
  Names names;
  for (const YamlMember& member : members) {
    SALESTREAM_TRY(names.add(map, member, "table"));
    if (const std::string name = lower(member.key);
        name == "rejects" || name.starts_with("sqlite_") || name.starts_with("salestream_"))
      return map.error_at_key(member,
                              "'" + member.key +
                                  "' cannot be the name of a table; rejects, and names that begin "
                                  "with sqlite_ or salestream_, are kept for the database and for salestream itself");
    SALESTREAM_ASSIGN(const YamlMap table, member.value.map("totals.<table>"));
    core::TotalsTable out;
    out.name = member.key;
    out.place = map.place_of(member);
    SALESTREAM_ASSIGN(const YamlValue by, table.require("by"));
    SALESTREAM_ASSIGN(out.by, read_by(by, definition));
    SALESTREAM_ASSIGN(const YamlValue columns, table.require("columns"));
    SALESTREAM_ASSIGN(out.columns, read_columns(columns, out.by, definition));
    tables.push_back(std::move(out));
  }
  return tables;
}

}  // namespace salestream::config
