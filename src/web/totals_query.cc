// SPDX-License-Identifier: Apache-2.0
#include "web/totals_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace salestream::web {
namespace {

// A letter without its case, as far as names of products need it: ASCII, and U+00C0 to U+00DE, which are two bytes that
// differ by 0x20 in the second.
char folded(char byte, char before) {
  if (byte >= 'A' && byte <= 'Z') return static_cast<char>(byte + 0x20);
  const auto second = static_cast<unsigned char>(byte);
  const bool is_capital = before == '\xC3' && second >= 0x80 && second <= 0x9E && second != 0x97;
  return is_capital ? static_cast<char>(second + 0x20) : byte;
}

// Finds a text whatever its case, by Knuth, Morris and Pratt: each byte of a name is looked at once, and nothing of it
// is copied. So a filter costs what the view's size allows, whatever somebody asks for and whatever the names are.
class Filter {
 public:
  explicit Filter(std::string_view text) {
    char before = '\0';
    for (const char byte : text) wanted_ += folded(byte, std::exchange(before, byte));
    for (std::size_t matched = 0; borders_.size() < wanted_.size();) {
      if (!borders_.empty()) matched = next(matched, wanted_[borders_.size()]);
      borders_.push_back(matched);
    }
  }

  bool is_in(std::string_view name) const {
    std::size_t matched = 0;
    char before = '\0';
    for (const char byte : name) {
      if (matched == wanted_.size()) return true;
      matched = next(matched, folded(byte, std::exchange(before, byte)));
    }
    return matched == wanted_.size();
  }

 private:
  // How much of `wanted_` ends at the next byte, when `matched` of it ended before that.
  std::size_t next(std::size_t matched, char byte) const {
    while (matched > 0 && wanted_[matched] != byte) matched = borders_[matched - 1];
    return wanted_[matched] == byte ? matched + 1 : 0;
  }

  std::string wanted_;
  std::vector<std::size_t> borders_;  // of each beginning: the longest shorter one that it ends with
};

std::string names_of(const std::vector<core::Column>& columns) {
  std::string names;
  for (const core::Column& column : columns) names += (names.empty() ? "" : ", ") + column.name;
  return names;
}

base::Result<std::size_t> number_of(const http::Request& request, std::string_view name, std::size_t otherwise,
                                    std::size_t most) {
  const auto text = request.parameter(name);
  if (!text) return otherwise;
  std::size_t n = 0;
  const auto [end, failed] = std::from_chars(text->data(), text->data() + text->size(), n);
  if (text->empty() || failed != std::errc() || end != text->data() + text->size() || n > most)
    return base::usage_error(fmt::format("{} has to be a whole number, at most {}", name, most));
  return n;
}

std::strong_ordering compare(core::Measure measure, const core::Measures& a, const core::Measures& b) {
  switch (measure) {
    case core::Measure::kRevenue: return a.revenue.scaled() <=> b.revenue.scaled();
    case core::Measure::kUnits: return a.units.scaled() <=> b.units.scaled();
    case core::Measure::kOrders: return a.orders <=> b.orders;
  }
  return std::strong_ordering::equal;
}

}  // namespace

base::Result<TotalsQuery> parse_totals_query(const http::Request& request, const core::Definition& definition) {
  TotalsQuery query;
  if (const auto name = request.parameter("table")) {
    const auto found = std::find_if(definition.totals.begin(), definition.totals.end(),
                                    [&](const core::TotalsTable& table) { return table.name == *name; });
    if (found == definition.totals.end())
      return base::usage_error(fmt::format("the pipeline has no totals table {}", *name));
    query.table = static_cast<std::size_t>(found - definition.totals.begin());
  }
  const core::TotalsTable& table = definition.totals[query.table];
  const auto first_measure = std::find_if(table.columns.begin(), table.columns.end(), [](const core::Column& column) {
    return std::holds_alternative<core::Measure>(column.shows);
  });
  query.sort_column = static_cast<std::size_t>(first_measure - table.columns.begin());
  if (const auto name = request.parameter("sort")) {
    const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                    [&](const core::Column& column) { return column.name == *name; });
    if (found == table.columns.end())
      return base::usage_error(
          fmt::format("the table {} has no column {}; it has: {}", table.name, *name, names_of(table.columns)));
    query.sort_column = static_cast<std::size_t>(found - table.columns.begin());
  }
  if (const auto order = request.parameter("order")) {
    if (*order != "asc" && *order != "desc") return base::usage_error("order has to be asc or desc");
    query.is_ascending = *order == "asc";
  }
  if (const auto filter = request.parameter("filter")) {
    if (filter->size() > kMaxFilterBytes)
      return base::usage_error(fmt::format("filter may have {} bytes at most", kMaxFilterBytes));
    query.filter = *filter;
  }
  SALESTREAM_ASSIGN(query.limit, number_of(request, "limit", kDefaultRows, kMaxRows));
  SALESTREAM_ASSIGN(query.offset, number_of(request, "offset", 0, kMaxViewRows));
  return query;
}

QueriedRows run_query(const TotalsQuery& query, const core::TotalsTable& definition, const TableView& view) {
  std::vector<const TableView::Row*> rows;
  const Filter filter(query.filter);
  const auto matches = [&](const TableView::Row& row) {
    for (std::size_t i = 0; i < definition.columns.size(); ++i)
      if (std::holds_alternative<core::Dimension>(definition.columns[i].shows) && filter.is_in(row.cells[i]))
        return true;
    return false;
  };
  for (const TableView::Row& row : view.rows)
    if (query.filter.empty() || matches(row)) rows.push_back(&row);

  QueriedRows found;
  found.matching = rows.size();
  const std::size_t column = query.sort_column;
  const auto* measure = std::get_if<core::Measure>(&definition.columns[column].shows);
  const auto before = [&](const TableView::Row* a, const TableView::Row* b) {
    const auto order = measure != nullptr ? compare(*measure, a->measures, b->measures)
                                          : a->cells[column].compare(b->cells[column]) <=> 0;
    return query.is_ascending ? order < 0 : order > 0;
  };
  // Stable: equal rows keep the order of the table, which is by its first measure.
  std::stable_sort(rows.begin(), rows.end(), before);
  const std::size_t first = std::min(query.offset, rows.size());
  rows.resize(std::min(rows.size(), first + query.limit));
  found.rows.assign(rows.begin() + static_cast<std::ptrdiff_t>(first), rows.end());
  return found;
}

}  // namespace salestream::web
