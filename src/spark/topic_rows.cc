// SPDX-License-Identifier: Apache-2.0
#include "spark/topic_rows.h"

#include <fmt/format.h>

#include "spark/sql_text.h"

namespace salestream::spark {
namespace {

// Plain digits: a cast to STRING writes small numbers as 5E-7, and format_number puts commas between thousands.
std::string amount(const std::string& column, core::Measure measure) {
  return fmt::format("regexp_replace(replace(format_number({}, 9), ',', ''), '{}', '')", column,
                     measure == core::Measure::kRevenue ? "0{1,7}$" : "[.]?0+$");
}

std::string fields_of(const core::TotalsTable& table, bool only_key) {
  std::string fields;
  for (const core::Column& column : table.columns) {
    const auto* measure = std::get_if<core::Measure>(&column.shows);
    if (only_key && measure != nullptr) continue;
    const std::string value = identifier(column.name);
    const bool is_amount = measure != nullptr && *measure != core::Measure::kOrders;
    fields += fmt::format("{}{}, {}", fields.empty() ? "" : ", ", literal(column.name),
                          is_amount ? amount(value, *measure) : value);
  }
  return fields;
}

std::string header(std::string_view name, const std::string& text) {
  return fmt::format("named_struct('key', {}, 'value', CAST({} AS BINARY))", literal(name), text);
}

}  // namespace

std::string topic_rows(const core::TotalsTable& table, const TableStatement& statement) {
  return fmt::format(
      "SELECT to_json(named_struct('table', {}, {})) AS key, to_json(named_struct({})) AS value, array({}, {}) AS "
      "headers FROM ({})",
      literal(table.name), fields_of(table, true), fields_of(table, false), header("table", literal(table.name)),
      header("version", fmt::format("CAST({} AS STRING)", identifier(kVersionColumn))), statement.sql);
}

}  // namespace salestream::spark
