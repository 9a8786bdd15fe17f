// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/schema.h"

#include <set>
#include <utility>
#include <variant>

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

template <typename From, typename Into>
TableShape shape_of(std::string name, const Columns<From, Into>& columns, bool without_rowid = false) {
  TableShape shape{std::move(name), columns.shapes(), {}, without_rowid};
  for (const ColumnShape& column : shape.columns)
    if (column.role == ColumnRole::kKey) shape.primary_key.push_back(column.name);
  return shape;
}

// The columns stand in the pipeline file's order, and the key's in the order of `by`.
TableShape totals_table(const core::TotalsTable& table) {
  TableShape shape{table.name, {}, dimension_columns(table), true};
  std::vector<ColumnShape> measures = measure_columns(table).shapes();
  auto measure = measures.begin();
  for (const core::Column& column : table.columns)
    shape.columns.push_back(std::holds_alternative<core::Measure>(column.shows) ? *measure++ : key_column(column.name));
  return shape;
}

TableShape cells_table(const core::TotalsTable& table) {
  TableShape shape = shape_of(cells_name(table), cell_columns(), true);
  const std::vector<ColumnShape> key = key_columns(table);
  shape.columns.insert(shape.columns.begin(), key.begin(), key.end());
  const std::vector<std::string> names = dimension_columns(table);
  shape.primary_key.insert(shape.primary_key.begin(), names.begin(), names.end());
  return shape;
}

// SQLite compares names without regard to the case of ASCII letters.
std::string folded(std::string name) {
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return name;
}

// Of a table or a column.
template <typename Named>
base::Status check_name(const Named& named, const std::string& what) {
  const std::string& name = named.name;
  if (name.empty()) return refused_name(named.place, "the name of " + what + " is empty");
  if (name.find('\0') != std::string::npos)
    return refused_name(named.place, "the name of " + what + ", " + base::printable(name, 100) +
                                         ", has a NUL in it, which SQLite cannot store");
  return {};
}

}  // namespace

std::string TableShape::ddl() const {
  std::string sql = "CREATE TABLE " + quoted_name(name) + " (\n";
  for (const ColumnShape& column : columns)
    sql += "  " + quoted_name(column.name) + " " + column.type +
           (column.role == ColumnRole::kNullable ? "" : " NOT NULL") + ",\n";
  return sql + "  PRIMARY KEY (" + joined(quoted_names(primary_key), ", ") + ")\n)" +
         (without_rowid ? " WITHOUT ROWID" : "");
}

TableShape pipeline_table() { return shape_of("salestream_pipeline", pipeline_columns()); }
TableShape made_tables_table() { return shape_of("salestream_tables", made_table_columns(), true); }
TableShape progress_table() { return shape_of("salestream_progress", progress_columns()); }
TableShape rejects_table() { return shape_of("rejects", reject_columns()); }
TableShape resends_table() { return shape_of("salestream_resends", resend_columns()); }
TableShape resend_marks_table() { return shape_of("salestream_resent", resend_mark_columns(), true); }

std::vector<TableShape> data_tables(const core::Definition& definition) {
  std::vector<TableShape> shapes = {progress_table(), rejects_table()};
  for (const core::TotalsTable& table : definition.totals) {
    shapes.push_back(totals_table(table));
    shapes.push_back(cells_table(table));
  }
  return shapes;
}

base::Status check_names(const core::Definition& definition) {
  std::set<std::string> tables = {rejects_table().name};
  for (const core::TotalsTable& table : definition.totals) {
    SALESTREAM_TRY(check_name(table, "a totals table"));
    const std::string name = folded(table.name);
    if (name.starts_with("sqlite_") || name.starts_with("salestream_"))
      return refused_name(table.place, "a totals table cannot be called " + base::printable(table.name, 100) +
                                           ": names that begin with sqlite_ or salestream_ are taken");
    for (const std::string& taken : {name, folded(cells_name(table))})
      if (!tables.insert(taken).second)
        return refused_name(
            table.place, "the totals table " + base::printable(table.name, 100) + " needs two SQLite tables, it and " +
                             base::printable(cells_name(table), 100) +
                             ", and one of these names is taken by another table (" + base::printable(taken, 100) +
                             "; SQLite takes upper and lower case as the same): choose another name");
    std::set<std::string> columns;
    for (const core::Column& column : table.columns) {
      SALESTREAM_TRY(check_name(column, "a column of " + base::printable(table.name, 100)));
      if (!columns.insert(folded(column.name)).second)
        return refused_name(column.place, "the totals table " + base::printable(table.name, 100) +
                                              " has two columns called " + base::printable(column.name, 100) +
                                              " (SQLite takes upper and lower case as the same): choose another name");
    }
    const auto is_taken = [](const std::string& column) { return cell_columns().has(folded(column)); };
    if (const core::Column* column = find_key_column(table, is_taken))
      return refused_name(column->place, "the totals table " + base::printable(table.name, 100) +
                                             " calls a column of its key " + base::printable(column->name, 100) +
                                             ", a name that its table of cells needs: choose another name");
  }
  return {};
}

}  // namespace salestream::store::sqlite
