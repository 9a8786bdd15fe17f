// SPDX-License-Identifier: Apache-2.0
#include "results/table.h"

#include <algorithm>

#include "core/decimal.h"

namespace salestream::results {
namespace {

std::string cell_text(core::Measure measure, const core::Measures& measures) {
  switch (measure) {
    case core::Measure::kRevenue: return core::to_string(measures.revenue, 2);
    case core::Measure::kUnits: return core::to_string(measures.units, 0);
    case core::Measure::kOrders: return std::to_string(measures.orders);
  }
  return {};
}

}  // namespace

std::vector<Table::Column> columns_of(const core::TotalsTable& definition) {
  std::vector<Table::Column> columns;
  for (const core::Column& column : definition.columns) {
    CellType type = CellType::kText;
    if (const auto* measure = std::get_if<core::Measure>(&column.shows))
      type = *measure == core::Measure::kOrders ? CellType::kInteger : CellType::kDecimal;
    columns.push_back({column.name, type});
  }
  return columns;
}

std::vector<std::string> cells_of(const core::TotalsTable& definition, const core::TotalsRow& row) {
  const std::vector<std::string> key = core::split_key(row.key, definition.by.size());
  std::vector<std::string> cells;
  cells.reserve(definition.columns.size());
  for (const core::Column& column : definition.columns) {
    if (const auto* measure = std::get_if<core::Measure>(&column.shows)) {
      cells.push_back(cell_text(*measure, row.measures));
      continue;
    }
    const auto at = std::find(definition.by.begin(), definition.by.end(), std::get<core::Dimension>(column.shows));
    const auto place = static_cast<std::size_t>(at - definition.by.begin());
    cells.push_back(place < key.size() ? key[place] : std::string());
  }
  return cells;
}

Table make_table(const core::TotalsTable& definition, std::span<const core::TotalsRow> rows) {
  Table table;
  table.columns = columns_of(definition);
  table.rows.reserve(rows.size());
  for (const core::TotalsRow& row : rows) table.rows.push_back(cells_of(definition, row));
  return table;
}

std::string csv_header(std::span<const Table::Column> columns) {
  std::vector<std::string> names;
  for (const Table::Column& column : columns) names.push_back(column.name);
  return csv_line(names);
}

std::string csv_line(std::span<const std::string> row) {
  std::string text;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0) text += ',';
    text += csv_field(row[i]);
  }
  return text += "\r\n";
}

void write_row(base::JsonWriter& json, std::span<const Table::Column> columns, std::span<const std::string> row) {
  json.begin_object();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    json.key(columns[i].name);
    columns[i].type == CellType::kInteger ? json.literal(row[i]) : json.string(row[i]);
  }
  json.end_object();
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out += '"';
}

}  // namespace salestream::results
