// SPDX-License-Identifier: Apache-2.0
#include "web/view_json.h"

#include <algorithm>

#include "base/json_writer.h"
#include "results/counters_json.h"

namespace salestream::web {
namespace {

using base::JsonWriter;

constexpr std::size_t kRatePointsOfAnEvent = 10;  // a page that misses some events misses none of these

// The old name of the state, to be removed in 0.3.
const char* phase_of(results::Freshness freshness) {
  switch (freshness) {
    case results::Freshness::kUpToDate: return "caught_up";
    case results::Freshness::kStopping: return "stopping";
    case results::Freshness::kEnded: return "ended";
    default: return "reading";
  }
}

const char* name_of(results::CellType type) {
  switch (type) {
    case results::CellType::kText: return "text";
    case results::CellType::kDecimal: return "decimal";
    case results::CellType::kInteger: return "integer";
  }
  return "";
}

double as_double(core::Measure measure, const core::Measures& of) {
  switch (measure) {
    case core::Measure::kRevenue: return static_cast<double>(of.revenue.scaled());
    case core::Measure::kUnits: return static_cast<double>(of.units.scaled());
    case core::Measure::kOrders: return static_cast<double>(of.orders);
  }
  return 0;
}

// Amounts in different currencies have no sum.
bool is_of_one_kind(const core::TotalsTable& definition, core::Measure measure) {
  return measure != core::Measure::kRevenue || !definition.is_by_currency();
}

void write_row(JsonWriter& json, const core::TotalsTable& definition, const TableView& view,
               const TableView::Row& row) {
  json.begin_object().key("values").begin_array();
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    const auto* measure = std::get_if<core::Measure>(&definition.columns[i].shows);
    const bool is_number = measure != nullptr && *measure == core::Measure::kOrders;
    is_number ? json.literal(row.cells[i]) : json.string(row.cells[i]);
  }
  json.end_array().key("share");
  const core::Measure measure = definition.first_measure();
  const double sum = view.sum && is_of_one_kind(definition, measure) ? as_double(measure, *view.sum) : 0;
  if (sum > 0)
    json.string(JsonWriter().fixed(as_double(measure, row.measures) / sum * 100, 2).take());
  else
    json.null();
  json.end_object();
}

// The sum of each column, null for names and where there is none: an order with two products is in two rows, so orders
// have no sum.
void write_sums(JsonWriter& json, const core::TotalsTable& definition, const TableView& view) {
  json.begin_array();
  for (const core::Column& column : definition.columns) {
    const auto* measure = std::get_if<core::Measure>(&column.shows);
    if (!view.sum || measure == nullptr || *measure == core::Measure::kOrders || !is_of_one_kind(definition, *measure))
      json.null();
    else
      json.string(*measure == core::Measure::kRevenue ? core::to_string(view.sum->revenue, 2)
                                                      : core::to_string(view.sum->units, 0));
  }
  json.end_array();
}

void write_partition(JsonWriter& json, const results::PartitionStatus& p) {
  const bool has_time = p.stored && p.stored->last_timestamp_ms >= 0;
  json.begin_object().member("partition", p.partition);
  json.member("next_offset", p.stored ? std::optional(p.stored->next_offset) : std::nullopt);
  json.member("log_end", p.range ? std::optional(p.range->end) : std::nullopt).member("lag", p.lag);
  json.member("held_back", p.range ? std::optional(p.range->held_back) : std::nullopt);
  json.member("last_message_ms", has_time ? std::optional(p.stored->last_timestamp_ms) : std::nullopt).end_object();
}

void write_rate_points(JsonWriter& json, const std::vector<RatePoint>& points, std::size_t most) {
  json.begin_array();
  for (std::size_t i = points.size() - std::min(points.size(), most); i < points.size(); ++i)
    json.begin_array().value(points[i].at_ms).fixed(points[i].orders_per_second, 1).end_array();
  json.end_array();
}

// Both into an object that is open.
void write_resent(JsonWriter& json, const View& view) {
  json.member("open_rejects", view.resent ? std::optional(view.resent->open) : std::nullopt);
  json.member("resent", view.resent ? std::optional(view.resent->resent) : std::nullopt);
}

void write_status(JsonWriter& json, const View& view) {
  json.member("as_of_ms", view.as_of_ms).member("state", results::name_of(view.freshness));
  json.member("state_since_ms", view.freshness_since_ms).member("phase", phase_of(view.freshness));
  results::write_counters(json, view.counters);
  write_resent(json, view);
  json.key("orders_per_second").fixed(view.rate.empty() ? 0.0 : view.rate.back().orders_per_second, 1);
  json.key("lag").begin_object().member("count", view.lag).member("unit", view.run_info->unit).key("seconds");
  view.lag_seconds ? json.fixed(*view.lag_seconds, 1) : json.null();
  json.end_object().member("lag_as_of_ms", view.lag_as_of_ms).member("held_back", view.held_back);
  json.member("log_answers", !view.is_source_silent).key("complete").begin_object();
  json.member("everything", view.complete.is_everything).member("through_ms", view.complete.through_ms).end_object();
  json.member("problem", view.problem.empty() ? std::nullopt : std::optional(view.problem));
}

// The greatest rows of a table, as many as an event may carry.
void write_event_table(JsonWriter& json, const core::TotalsTable& definition, const TableView& table) {
  json.begin_object().member("all_rows", table.all_rows).member("rows_searched", table.rows.size()).key("sums");
  write_sums(json, definition, table);
  json.key("rows").begin_array();
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < std::min(table.rows.size(), kMaxEventRows); ++i) {
    JsonWriter row;
    write_row(row, definition, table, table.rows[i]);
    bytes += row.size_bytes();
    if (bytes > kMaxEventTableBytes) break;
    json.literal(row.take());
    bytes += 2;  // a comma and a space
  }
  json.end_array().end_object();
}

}  // namespace

std::string pipeline_json(const RunInfo& run_info) {
  JsonWriter json;
  json.begin_object().member("pipeline", run_info.definition.pipeline).member("source", run_info.source);
  json.member("store", run_info.store).member("unit", run_info.unit).member("has_end", run_info.has_end);
  json.member("version", run_info.version).member("max_rows_shown", kMaxViewRows).key("tables").begin_array();
  for (const core::TotalsTable& table : run_info.definition.totals) {
    json.begin_object().member("name", table.name).key("columns").begin_array();
    const auto columns = results::columns_of(table);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      json.begin_object()
          .member("name", columns[i].name)
          .member("shows", run_info.definition.name_of(table.columns[i].shows));
      json.member("type", name_of(columns[i].type)).end_object();
    }
    json.end_array().end_object();
  }
  return json.end_array().end_object().take() + '\n';
}

std::string status_json(const View& view) {
  JsonWriter json;
  json.begin_object();
  write_status(json, view);
  json.key("partitions").begin_array();
  for (const results::PartitionStatus& partition : view.partitions) write_partition(json, partition);
  return json.end_array().end_object().take() + '\n';
}

std::string rejects_json(const View& view) {
  JsonWriter json;
  json.begin_object().member("as_of_ms", view.as_of_ms).member("total", view.counters.all_rejects());
  write_resent(json, view);
  json.key("by_reason");
  results::write_rejects(json, view.counters);
  return json.end_object().take() + '\n';
}

std::string rate_json(const View& view) {
  JsonWriter json;
  json.begin_object().key("points");
  write_rate_points(json, view.rate, view.rate.size());
  return json.end_object().take() + '\n';
}

std::string totals_json(const View& view, const TotalsQuery& query) {
  const core::TotalsTable& definition = view.run_info->definition.totals[query.table];
  static const TableView kNothing;
  const TableView& table = view.tables ? (*view.tables)[query.table] : kNothing;
  const QueriedRows found = run_query(query, definition, table);
  JsonWriter json;
  json.begin_object().member("as_of_ms", view.as_of_ms).member("table", definition.name);
  json.member("all_rows", table.all_rows).member("rows_searched", table.rows.size());
  json.member("matching", found.matching).key("sums");
  write_sums(json, definition, table);
  json.key("rows").begin_array();
  std::size_t written = 0, bytes = 0;
  for (; written < found.rows.size(); ++written) {
    JsonWriter row;
    write_row(row, definition, table, *found.rows[written]);
    bytes += row.size_bytes() + 2;  // a comma and a space
    if (bytes > kMaxAnswerBytes && written > 0) break;
    json.literal(row.take());
  }
  json.end_array().member("more", query.offset + written < found.matching);
  return json.end_object().take() + '\n';
}

std::string state_event(const View& view) {
  JsonWriter json;
  json.begin_object();
  write_status(json, view);
  json.key("rate");
  write_rate_points(json, view.rate, kRatePointsOfAnEvent);
  json.key("tables").begin_array();
  for (std::size_t i = 0; view.tables && i < view.tables->size(); ++i)
    write_event_table(json, view.run_info->definition.totals[i], (*view.tables)[i]);
  return "event: state\ndata: " + json.end_array().end_object().take() + "\n\n";
}

}  // namespace salestream::web
