// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/statements.h"

#include <vector>

#include "store/sql_text.h"
#include "store_sqlite/columns.h"
#include "store_sqlite/schema.h"

namespace salestream::store::sqlite {
namespace {

std::vector<std::string> quoted_key(const core::TotalsTable& table) {
  std::vector<std::string> names;
  for (const ColumnShape& column : key_columns(table)) names.push_back(quoted_name(column.name));
  return names;
}

// "a = excluded.a, b = excluded.b", of all columns but those of the key.
template <typename From, typename Into>
std::string updates(const Columns<From, Into>& columns) {
  std::vector<std::string> parts;
  for (const ColumnShape& column : columns.shapes()) {
    if (column.role == ColumnRole::kKey) continue;
    const std::string name = quoted_name(column.name);
    parts.push_back(name + " = excluded." + name);
  }
  return joined(parts, ", ");
}

template <typename From, typename Into>
std::string insert_sql(const std::string& table, const Columns<From, Into>& columns) {
  return "INSERT INTO " + quoted_name(table) + " (" + columns.names() + ") VALUES (" + columns.placeholders() + ")";
}

SharedSql make_shared_sql() {
  const std::string pipelines = pipeline_table().name, made_tables = made_tables_table().name;
  const std::string progress = progress_table().name, rejects = rejects_table().name;
  const std::string resends = resends_table().name, marks = resend_marks_table().name;
  const std::string partition = quoted_name("partition"), offset = quoted_name("offset");
  SharedSql sql;
  sql.write_pipeline = insert_sql(pipelines, pipeline_columns());
  sql.read_pipeline = "SELECT " + pipeline_columns().names() + " FROM " + pipelines;
  sql.write_made_table = insert_sql(made_tables, made_table_columns());
  sql.read_made_tables = "SELECT " + made_table_columns().names() + " FROM " + made_tables;

  // A message is rejected for the same reason however often it is read: the first word stands.
  sql.write_reject = insert_sql(rejects, reject_columns()) + " ON CONFLICT DO NOTHING";
  const std::string select_rejects = "SELECT " + reject_columns().from("partition").names() + " FROM " + rejects;
  sql.read_rejects = select_rejects + " ORDER BY rowid LIMIT ?";
  sql.find_rejects = select_rejects + " WHERE " + partition + " BETWEEN ? AND ? AND " + offset + " >= ? AND " + offset +
                     " < ? AND reason = coalesce(?, reason) ORDER BY " + partition + ", " + offset + " LIMIT ?";

  sql.write_progress = insert_sql(progress, progress_columns()) + " ON CONFLICT (" + partition + ") DO UPDATE SET " +
                       updates(progress_columns()) + " WHERE excluded.next_offset >= " + progress + ".next_offset";
  sql.read_progress = "SELECT " + progress_columns().names() + " FROM " + progress + " ORDER BY " + partition;
  sql.read_reject_counts = "SELECT \"key\", value FROM json_each(?)";

  sql.write_resend = insert_sql(resends, resend_columns());
  sql.read_resends = "SELECT " + resend_columns().names() + " FROM " + resends + " WHERE log = ? ORDER BY rowid";
  sql.settle_resend = "UPDATE " + resends + " SET state = ?, settled_ms = ? WHERE id = ?";
  sql.write_resend_mark = insert_sql(marks, resend_mark_columns());
  sql.read_resend_marks = "SELECT " + resend_mark_columns().names() + " FROM " + marks + " WHERE " + partition +
                          " = ? AND " + offset + " = ?";
  return sql;
}

}  // namespace

TableSql table_sql(const core::TotalsTable& table) {
  const std::string totals = quoted_name(table.name), cells = quoted_name(cells_name(table));
  const std::vector<std::string> key_names = quoted_key(table);
  const std::string key = joined(key_names, ", "), key_is = equalities(key_names);
  const std::string partition = quoted_name("partition");
  const Columns<CellRow>& of_cell = cell_columns();
  const Columns<core::Measures> measures = measure_columns(table);
  TableSql sql;

  sql.write_cell = "INSERT INTO " + cells + " (" + key + ", " + of_cell.names() + ") VALUES (" +
                   placeholders(key_names.size() + of_cell.size()) + ") ON CONFLICT (" + key + ", " + partition +
                   ") DO UPDATE SET " + updates(of_cell) + " WHERE excluded.through > " + cells + ".through";
  sql.read_cells = "SELECT " + of_cell.names() + " FROM " + cells + " WHERE " + key_is;
  sql.read_partition_cell = sql.read_cells + " AND " + partition + " = ?";
  sql.scan_cells = "SELECT " + key + ", " + of_cell.names() + " FROM " + cells;

  const std::string all = key + ", " + measures.names();
  sql.write_totals = "INSERT INTO " + totals + " (" + all + ") VALUES (" +
                     placeholders(key_names.size() + measures.size()) + ") ON CONFLICT (" + key + ") DO UPDATE SET " +
                     updates(measures);
  sql.read_totals = "SELECT " + all + " FROM " + totals;
  sql.read_totals_row = "SELECT " + measures.names() + " FROM " + totals + " WHERE " + key_is;
  sql.delete_totals_row = "DELETE FROM " + totals + " WHERE " + key_is;
  return sql;
}

const SharedSql& shared_sql() {
  static const SharedSql sql = make_shared_sql();
  return sql;
}

}  // namespace salestream::store::sqlite
