// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/schema.h"

#include <algorithm>
#include <set>

#include "base/logging.h"
#include "store/sql_text.h"
#include "store_sqlite/handles.h"

namespace salestream::store::sqlite {
namespace {

std::vector<std::string> quoted_names(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (const std::string& name : names) quoted.push_back(quoted_name(name));
  return quoted;
}

std::vector<const core::Column*> measure_columns(const core::TotalsTable& table) {
  std::vector<const core::Column*> columns;
  for (const core::Column& column : table.columns)
    if (std::holds_alternative<core::Measure>(column.shows)) columns.push_back(&column);
  return columns;
}

TableShape totals_table(const core::TotalsTable& table) {
  TableShape shape{table.name, {}, dimension_columns(table), true};
  for (const core::Column& column : table.columns) {
    const auto* measure = std::get_if<core::Measure>(&column.shows);
    shape.columns.push_back(
        {column.name, measure != nullptr && *measure == core::Measure::kOrders ? "INTEGER" : "TEXT"});
  }
  return shape;
}

TableShape cells_table(const core::TotalsTable& table) {
  TableShape shape{cells_name(table), {}, dimension_columns(table), true};
  for (const std::string& name : shape.primary_key) shape.columns.push_back({name, "TEXT"});
  for (const auto& [name, type] : {std::pair{"partition", "INTEGER"},
                                   {"revenue", "TEXT"},
                                   {"units", "TEXT"},
                                   {"orders", "INTEGER"},
                                   {"through", "INTEGER"}})
    shape.columns.push_back({name, type});
  shape.primary_key.push_back("partition");
  return shape;
}

TableShape progress_table() {
  return {"salestream_progress",
          {{"partition", "INTEGER"},
           {"first_offset", "INTEGER"},
           {"first_checksum", "INTEGER"},
           {"next_offset", "INTEGER"},
           {"last_offset", "INTEGER"},
           {"last_checksum", "INTEGER"},
           {"last_timestamp_ms", "INTEGER"},
           {"messages", "INTEGER"},
           {"orders", "INTEGER"},
           {"items", "INTEGER"},
           {"wrong_totals", "INTEGER"},
           {"duplicates", "INTEGER"},
           {"window_offset", "INTEGER"},
           {"rejects_by_reason", "TEXT"}},
          {"partition"}};
}

TableShape rejects_table() {
  return {"rejects",
          {{"log", "TEXT"},
           {"partition", "INTEGER"},
           {"offset", "INTEGER"},
           {"time", "TEXT", false},
           {"reason", "TEXT"},
           {"detail", "TEXT"},
           {"key", "BLOB"},
           {"message", "BLOB", false}},
          {"partition", "offset"}};
}

// SQLite compares names without regard to the case of ASCII letters.
std::string folded(std::string name) {
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return name;
}

base::Status check_name(const std::string& name, const std::string& what) {
  if (name.empty()) return base::usage_error("pipeline file: the name of " + what + " is empty");
  if (name.find('\0') != std::string::npos)
    return base::usage_error("pipeline file: the name of " + what + ", " + base::printable(name, 100) +
                             ", has a NUL in it, which SQLite cannot store");
  return {};
}

}  // namespace

std::string TableShape::ddl() const {
  std::string sql = "CREATE TABLE " + quoted_name(name) + " (\n";
  for (const ColumnShape& column : columns)
    sql += "  " + quoted_name(column.name) + " " + column.type + (column.not_null ? " NOT NULL" : "") + ",\n";
  return sql + "  PRIMARY KEY (" + joined(quoted_names(primary_key), ", ") + ")\n)" +
         (without_rowid ? " WITHOUT ROWID" : "");
}

TableShape pipeline_table() {
  return {"salestream_pipeline",
          {{"format_version", "INTEGER"},
           {"pipeline", "TEXT"},
           {"definition", "TEXT"},
           {"log", "TEXT"},
           {"generation", "INTEGER"},
           {"generation_base_us", "INTEGER"}},
          {"pipeline"}};
}

TableShape made_tables_table() { return {"salestream_tables", {{"name", "TEXT"}}, {"name"}, true}; }

TableShape resends_table() {
  return {"salestream_resends",
          {{"id", "TEXT"},
           {"state", "TEXT"},
           {"log", "TEXT"},
           {"ends", "TEXT"},
           {"messages", "INTEGER"},
           {"begun_ms", "INTEGER"},
           {"settled_ms", "INTEGER"}},
          {"id"}};
}

TableShape resend_marks_table() {
  return {"salestream_resent",
          {{"partition", "INTEGER"}, {"offset", "INTEGER"}, {"resend", "TEXT"}, {"checksum", "INTEGER"}},
          {"partition", "offset", "resend"},
          true};
}

std::vector<TableShape> data_tables(const core::Definition& definition) {
  std::vector<TableShape> shapes = {progress_table(), rejects_table()};
  for (const core::TotalsTable& table : definition.totals) {
    shapes.push_back(totals_table(table));
    shapes.push_back(cells_table(table));
  }
  return shapes;
}

base::Status check_names(const core::Definition& definition) {
  std::set<std::string> tables = {"rejects"};
  for (const core::TotalsTable& table : definition.totals) {
    SALESTREAM_TRY(check_name(table.name, "a totals table"));
    const std::string name = folded(table.name);
    if (name.starts_with("sqlite_") || name.starts_with("salestream_"))
      return base::usage_error("pipeline file: a totals table cannot be called " + base::printable(table.name, 100) +
                               ": names that begin with sqlite_ or salestream_ are taken");
    for (const std::string& taken : {name, folded(cells_name(table))})
      if (!tables.insert(taken).second)
        return base::usage_error("pipeline file: the totals table " + base::printable(table.name, 100) +
                                 " needs two SQLite tables, it and " + base::printable(cells_name(table), 100) +
                                 ", and one of these names is taken by another table (" + base::printable(taken, 100) +
                                 "; SQLite takes upper and lower case as the same): choose another name");
    std::set<std::string> columns;
    for (const core::Column& column : table.columns) {
      SALESTREAM_TRY(check_name(column.name, "a column of " + base::printable(table.name, 100)));
      if (!columns.insert(folded(column.name)).second)
        return base::usage_error("pipeline file: the totals table " + base::printable(table.name, 100) +
                                 " has two columns called " + base::printable(column.name, 100) +
                                 " (SQLite takes upper and lower case as the same): choose another name");
    }
    static constexpr const char* kOurs[] = {"partition", "revenue", "units", "orders", "through"};
    for (const std::string& column : dimension_columns(table))
      if (std::find(std::begin(kOurs), std::end(kOurs), folded(column)) != std::end(kOurs))
        return base::usage_error("pipeline file: the totals table " + base::printable(table.name, 100) +
                                 " calls a column of its key " + base::printable(column, 100) +
                                 ", a name that its table of cells needs: choose another name");
  }
  return {};
}

TableSql table_sql(const core::TotalsTable& table) {
  const std::vector<std::string> dimensions = quoted_names(dimension_columns(table));
  const std::string totals = quoted_name(table.name), cells = quoted_name(cells_name(table));
  const std::string partition = quoted_name("partition");
  const std::string key = joined(dimensions, ", ");
  TableSql sql;

  sql.write_cell = "INSERT INTO " + cells + " (" + key + ", " + partition +
                   ", revenue, units, orders, through) VALUES (" + placeholders(dimensions.size() + 5) +
                   ") ON CONFLICT (" + key + ", " + partition +
                   ") DO UPDATE SET revenue = excluded.revenue, units = excluded.units, orders = excluded.orders, "
                   "through = excluded.through WHERE excluded.through > " +
                   cells + ".through";
  sql.read_cells =
      "SELECT " + partition + ", revenue, units, orders, through FROM " + cells + " WHERE " + equalities(dimensions);
  sql.read_partition_cell = "SELECT revenue, units, orders, through FROM " + cells + " WHERE " +
                            equalities(dimensions) + " AND " + partition + " = ?";

  std::vector<std::string> measures, updates;
  for (const core::Column* column : measure_columns(table)) {
    const std::string name = quoted_name(column->name);
    measures.push_back(name);
    updates.push_back(name + " = excluded." + name);
    sql.measures.push_back(std::get<core::Measure>(column->shows));
  }
  const std::string all = key + ", " + joined(measures, ", ");
  sql.write_totals = "INSERT INTO " + totals + " (" + all + ") VALUES (" +
                     placeholders(dimensions.size() + measures.size()) + ") ON CONFLICT (" + key + ") DO UPDATE SET " +
                     joined(updates, ", ");
  sql.read_totals = "SELECT " + all + " FROM " + totals;
  sql.scan_cells = "SELECT " + key + ", " + partition + ", revenue, units, orders, through FROM " + cells;
  sql.read_totals_row = "SELECT " + joined(measures, ", ") + " FROM " + totals + " WHERE " + equalities(dimensions);
  return sql;
}

// A message is rejected for the same reason however often it is read: the first word stands.
const char* const kWriteReject =
    "INSERT INTO rejects (log, \"partition\", \"offset\", time, reason, detail, \"key\", message) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";

// In the order in which they came.
const char* const kReadRejects =
    "SELECT \"partition\", \"offset\", time, reason, detail, \"key\", message FROM rejects ORDER BY rowid LIMIT ?";

const char* const kFindRejects =
    "SELECT \"partition\", \"offset\", time, reason, detail, \"key\", message FROM rejects "
    "WHERE \"partition\" BETWEEN ? AND ? AND \"offset\" >= ? AND \"offset\" < ? AND reason = coalesce(?, reason) "
    "ORDER BY \"partition\", \"offset\" LIMIT ?";

const char* const kWriteResend = "INSERT INTO salestream_resends VALUES (?, ?, ?, ?, ?, ?, ?)";
const char* const kReadResends = "SELECT * FROM salestream_resends WHERE log = ? ORDER BY rowid";
const char* const kSettleResend = "UPDATE salestream_resends SET state = ?, settled_ms = ? WHERE id = ?";
const char* const kWriteResendMark = "INSERT INTO salestream_resent VALUES (?, ?, ?, ?)";
const char* const kReadResendMarks =
    "SELECT resend, checksum FROM salestream_resent WHERE \"partition\" = ? AND \"offset\" = ?";

const char* const kWriteProgress =
    "INSERT INTO salestream_progress VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (\"partition\") DO UPDATE "
    "SET "
    "first_offset = excluded.first_offset, first_checksum = excluded.first_checksum, "
    "next_offset = excluded.next_offset, last_offset = excluded.last_offset, "
    "last_checksum = excluded.last_checksum, last_timestamp_ms = excluded.last_timestamp_ms, messages = "
    "excluded.messages, "
    "orders = excluded.orders, items = excluded.items, wrong_totals = excluded.wrong_totals, "
    "duplicates = excluded.duplicates, window_offset = excluded.window_offset, "
    "rejects_by_reason = excluded.rejects_by_reason WHERE excluded.next_offset >= salestream_progress.next_offset";

const char* const kReadProgress = "SELECT * FROM salestream_progress ORDER BY \"partition\"";
const char* const kReadRejectCounts = "SELECT \"key\", value FROM json_each(?)";

}  // namespace salestream::store::sqlite
