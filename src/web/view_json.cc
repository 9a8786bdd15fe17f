// SPDX-License-Identifier: Apache-2.0
#include "web/view_json.h"

#include <fmt/format.h>

#include <algorithm>

#include "results/json.h"

namespace salestream::web {
namespace {

using results::json_string;

constexpr std::size_t kRatePointsOfAnEvent = 10;  // a page that misses some events misses none of these

template <typename Number>
std::string or_null(const std::optional<Number>& n) {
  return n ? fmt::format("{}", *n) : "null";
}

const char* name_of(Phase phase) {
  switch (phase) {
    case Phase::kReading: return "reading";
    case Phase::kCaughtUp: return "caught_up";
    case Phase::kStopping: return "stopping";
    case Phase::kEnded: return "ended";
  }
  return "";
}

const char* name_of(results::CellType type) {
  switch (type) {
    case results::CellType::kText: return "text";
    case results::CellType::kDecimal: return "decimal";
    case results::CellType::kInteger: return "integer";
  }
  return "";
}

const char* shown_by(const core::Column& column) {
  return std::visit([](const auto shows) { return core::name_of(shows); }, column.shows);
}

double as_double(core::Measure measure, const core::Measures& of) {
  switch (measure) {
    case core::Measure::kRevenue: return static_cast<double>(of.revenue.scaled());
    case core::Measure::kUnits: return static_cast<double>(of.units.scaled());
    case core::Measure::kOrders: return static_cast<double>(of.orders);
  }
  return 0;
}

std::string row_json(const core::TotalsTable& definition, const TableView& view, const TableView::Row& row) {
  std::string text = "{\"values\": [";
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    if (i > 0) text += ", ";
    const bool is_number = std::holds_alternative<core::Measure>(definition.columns[i].shows) &&
                           std::get<core::Measure>(definition.columns[i].shows) == core::Measure::kOrders;
    text += is_number ? row.cells[i] : json_string(row.cells[i]);
  }
  text += "], \"share\": ";
  const core::Measure measure = definition.first_measure();
  const double sum = view.sum ? as_double(measure, *view.sum) : 0;
  text += sum > 0 ? fmt::format("\"{:.2f}\"", as_double(measure, row.measures) / sum * 100) : "null";
  return text += '}';
}

// The sum of each column, null for names and where there is none: an order with two products is in two rows, so orders
// have no sum.
std::string sums_json(const core::TotalsTable& definition, const TableView& view) {
  std::string text = "[";
  for (const core::Column& column : definition.columns) {
    if (text.size() > 1) text += ", ";
    const auto* measure = std::get_if<core::Measure>(&column.shows);
    if (!view.sum || measure == nullptr || *measure == core::Measure::kOrders)
      text += "null";
    else
      text += json_string(*measure == core::Measure::kRevenue ? core::to_string(view.sum->revenue, 2)
                                                              : core::to_string(view.sum->units, 0));
  }
  return text += ']';
}

std::string partition_json(const results::PartitionStatus& p) {
  const auto next = p.stored ? std::optional(p.stored->next_offset) : std::nullopt;
  const auto end = p.range ? std::optional(p.range->end) : std::nullopt;
  const bool has_time = p.stored && p.stored->last_timestamp_ms >= 0;
  const auto last = has_time ? std::optional(p.stored->last_timestamp_ms) : std::nullopt;
  return fmt::format(
      "{{\"partition\": {}, \"next_offset\": {}, \"log_end\": {}, \"lag\": {}, \"last_message_ms\": {}}}", p.partition,
      or_null(next), or_null(end), or_null(p.lag), or_null(last));
}

std::string rate_points_json(const std::vector<RatePoint>& points, std::size_t most) {
  std::string text = "[";
  const std::size_t first = points.size() - std::min(points.size(), most);
  for (std::size_t i = first; i < points.size(); ++i)
    text += fmt::format("{}[{}, {:.1f}]", i == first ? "" : ", ", points[i].at_ms, points[i].orders_per_second);
  return text += ']';
}

std::string status_members(const View& view) {
  return fmt::format(
      "\"as_of_ms\": {}, \"phase\": \"{}\", {}, \"orders_per_second\": {:.1f}, "
      "\"lag\": {{\"count\": {}, \"unit\": {}, \"seconds\": {}}}, \"log_answers\": {}, "
      "\"complete\": {{\"everything\": {}, \"through_ms\": {}}}, \"problem\": {}",
      view.as_of_ms, name_of(view.phase), results::counters_json(view.counters),
      view.rate.empty() ? 0.0 : view.rate.back().orders_per_second, or_null(view.lag), json_string(view.titles->unit),
      view.lag_seconds ? fmt::format("{:.1f}", *view.lag_seconds) : "null", !view.is_log_silent,
      view.complete.is_everything, or_null(view.complete.through_ms),
      view.problem.empty() ? "null" : json_string(view.problem));
}

}  // namespace

std::string pipeline_json(const RunInfo& titles) {
  std::string text = fmt::format(
      "{{\"pipeline\": {}, \"source\": {}, \"store\": {}, \"unit\": {}, \"has_end\": {}, \"version\": {}, "
      "\"max_rows_shown\": {}, \"tables\": [",
      json_string(titles.definition.pipeline), json_string(titles.source), json_string(titles.store),
      json_string(titles.unit), titles.has_end, json_string(titles.version), kMaxViewRows);
  bool is_first_table = true;
  for (const core::TotalsTable& table : titles.definition.totals) {
    text += fmt::format("{}{{\"name\": {}, \"columns\": [", is_first_table ? "" : ", ", json_string(table.name));
    is_first_table = false;
    const auto columns = results::columns_of(table);
    for (std::size_t i = 0; i < columns.size(); ++i)
      text += fmt::format("{}{{\"name\": {}, \"shows\": \"{}\", \"type\": \"{}\"}}", i == 0 ? "" : ", ",
                          json_string(columns[i].name), shown_by(table.columns[i]), name_of(columns[i].type));
    text += "]}";
  }
  return text += "]}\n";
}

std::string status_json(const View& view) {
  std::string text = "{" + status_members(view) + ", \"partitions\": [";
  for (std::size_t i = 0; i < view.partitions.size(); ++i)
    text += (i == 0 ? "" : ", ") + partition_json(view.partitions[i]);
  return text += "]}\n";
}

std::string rejects_json(const View& view) {
  std::string reasons;
  for (std::size_t i = 0; i < view.counters.rejects.size(); ++i)
    if (view.counters.rejects[i] > 0)
      reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : ", ",
                             json_string(core::name_of(static_cast<core::RejectReason>(i))), view.counters.rejects[i]);
  return fmt::format("{{\"as_of_ms\": {}, \"total\": {}, \"by_reason\": {{{}}}}}\n", view.as_of_ms,
                     view.counters.all_rejects(), reasons);
}

std::string rate_json(const View& view) {
  return "{\"points\": " + rate_points_json(view.rate, view.rate.size()) + "}\n";
}

std::string totals_json(const View& view, const TotalsQuery& query) {
  const core::TotalsTable& definition = view.titles->definition.totals[query.table];
  static const TableView kNothing;
  const TableView& table = view.tables ? (*view.tables)[query.table] : kNothing;
  const QueriedRows found = run_query(query, definition, table);
  std::string text = fmt::format(
      "{{\"as_of_ms\": {}, \"table\": {}, \"all_rows\": {}, \"rows_searched\": {}, \"matching\": {}, \"sums\": {}, "
      "\"rows\": [",
      view.as_of_ms, json_string(definition.name), table.all_rows, table.rows.size(), found.matching,
      sums_json(definition, table));
  for (std::size_t i = 0; i < found.rows.size(); ++i)
    text += (i == 0 ? "" : ", ") + row_json(definition, table, *found.rows[i]);
  return text += "]}\n";
}

std::string state_event(const View& view) {
  std::string text = "event: state\ndata: {" + status_members(view) +
                     ", \"rate\": " + rate_points_json(view.rate, kRatePointsOfAnEvent) + ", \"tables\": [";
  for (std::size_t i = 0; view.tables && i < view.tables->size(); ++i) {
    const TableView& table = (*view.tables)[i];
    const core::TotalsTable& definition = view.titles->definition.totals[i];
    std::string rows;
    for (std::size_t r = 0; r < std::min(table.rows.size(), kMaxEventRows); ++r) {
      const std::string row = row_json(definition, table, table.rows[r]);
      if (rows.size() + row.size() > kMaxEventTableBytes) break;
      rows += (r == 0 ? "" : ", ") + row;
    }
    text += fmt::format("{}{{\"all_rows\": {}, \"rows_searched\": {}, \"sums\": {}, \"rows\": [{}]}}",
                        i == 0 ? "" : ", ", table.all_rows, table.rows.size(), sums_json(definition, table), rows);
  }
  return text += "]}\n\n";
}

}  // namespace salestream::web
