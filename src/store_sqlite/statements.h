// SPDX-License-Identifier: Apache-2.0
// The SQL that reads and writes the tables of a SQLite store. What is bound to a statement, and what it gives, are the
// columns that are named beside it, in their order (columns.h). Pure; any thread.
#pragma once

#include <string>

#include "core/definition.h"

namespace salestream::store::sqlite {

// How one totals table and its cells are read and written. "key": the dimensions in the order of `by`.
struct TableSql {
  std::string write_cell;           // key, cell_columns
  std::string read_cells;           // key → cell_columns
  std::string read_partition_cell;  // key, partition → cell_columns
  std::string scan_cells;           // → key, cell_columns
  std::string write_totals;         // key, measure_columns
  std::string read_totals;          // → key, measure_columns
  std::string read_totals_row;      // key → measure_columns
  std::string delete_totals_row;    // key
};
TableSql table_sql(const core::TotalsTable& table);

// The tables that there are once.
struct SharedSql {
  std::string write_pipeline;      // pipeline_columns
  std::string read_pipeline;       // → the same
  std::string write_made_table;    // made_table_columns
  std::string read_made_tables;    // → the same
  std::string write_reject;        // reject_columns
  std::string read_rejects;        // limit → reject_columns from partition on, in the order in which they came
  std::string find_rejects;        // first and last partition, first offset, offset behind the last, reason or null,
                                   // limit → the same, by place
  std::string write_progress;      // progress_columns
  std::string read_progress;       // → the same
  std::string read_reject_counts;  // rejects_by_reason → reason, count
  std::string write_resend;        // resend_columns
  std::string read_resends;        // log → the same, in the order in which they were begun
  std::string settle_resend;       // state, settled_ms, id
  std::string write_resend_mark;   // resend_mark_columns
  std::string read_resend_marks;   // partition, offset → the same
};
const SharedSql& shared_sql();

}  // namespace salestream::store::sqlite
