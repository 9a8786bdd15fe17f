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

constexpr std::string_view kDimensions = "product, client, minute, hour, day, week or month";
constexpr std::string_view kShown = "product, client, minute, hour, day, week, month, revenue, units or orders";

bool is_name(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && text.size() <= kMaxNameBytes && letter(text[0]) &&
         std::ranges::all_of(text, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

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

base::Result<std::vector<core::Dimension>> read_by(const YamlValue& by, const core::OrderMapping& order) {
  std::vector<core::Dimension> dimensions;
  SALESTREAM_ASSIGN(const auto values, by.list());
  for (const YamlValue& value : values) {
    SALESTREAM_ASSIGN(const std::string text, value.text(kDimensions));
    const auto dimension = core::dimension_of(text);
    if (!dimension) return value.error("has " + value.shown() + "; " + std::string(kDimensions) + " belongs here");
    if (std::ranges::count(dimensions, *dimension) > 0) return value.error("has " + value.shown() + " twice");
    if (*dimension == core::Dimension::kClient && !order.client)
      return value.error("has client; say in order.client where the client stands in a message");
    if (core::is_window(*dimension) && !order.time)
      return value.error("has " + std::string(core::name_of(*dimension)) +
                         "; say in order.time where the time of the sale stands in a message");
    dimensions.push_back(*dimension);
  }
  return dimensions;
}

base::Result<std::vector<core::Column>> read_columns(const YamlValue& columns, const std::vector<core::Dimension>& by,
                                                     const core::OrderMapping& order) {
  SALESTREAM_ASSIGN(const YamlMap map, columns.map("totals.<table>.columns"));
  std::vector<core::Column> out;
  std::vector<core::Dimension> shown;
  Names names;
  for (const YamlMember& member : map.members()) {
    SALESTREAM_TRY(names.add(map, member, "column"));
    if (out.size() == kMaxColumns)
      return map.error_at_key(member, columns.keys() + " has more than " + std::to_string(kMaxColumns) + " columns");
    const YamlValue& value = member.value;
    SALESTREAM_ASSIGN(const std::string text, value.text(kShown));
    if (const auto dimension = core::dimension_of(text)) {
      if (std::ranges::count(by, *dimension) == 0)
        return value.error("is " + value.shown() + ", which is not in by of this table");
      if (std::ranges::count(shown, *dimension) > 0)
        return value.error("is " + value.shown() + ", which a column above shows already");
      shown.push_back(*dimension);
      out.push_back({member.key, *dimension, map.place_of(member)});
    } else if (const auto measure = core::measure_of(text)) {
      if (*measure == core::Measure::kRevenue && !order.price)
        return value.error("is revenue, which needs prices; say in order.price where the price stands in a line item");
      out.push_back({member.key, *measure, map.place_of(member)});
    } else {
      return value.error("is " + value.shown() + "; " + std::string(kShown) + " belongs here");
    }
  }
  for (const core::Dimension dimension : by)
    if (std::ranges::count(shown, dimension) == 0)
      return columns.error(std::string("has no column that shows ") + core::name_of(dimension) +
                           ", which is in by of this table");
  if (out.size() == shown.size()) return columns.error("has no column that shows a measure: revenue, units or orders");
  return out;
}

}  // namespace

base::Result<std::vector<core::TotalsTable>> read_totals(const YamlValue& totals, const core::OrderMapping& order) {
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
    SALESTREAM_ASSIGN(out.by, read_by(by, order));
    SALESTREAM_ASSIGN(const YamlValue columns, table.require("columns"));
    SALESTREAM_ASSIGN(out.columns, read_columns(columns, out.by, order));
    tables.push_back(std::move(out));
  }
  return tables;
}

}  // namespace salestream::config
