// SPDX-License-Identifier: Apache-2.0
// What the tables of a SQLite store look like, and the SQL that reads and writes them; docs/sqlite.md shows both to
// people. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "core/definition.h"

namespace salestream::store::sqlite {

// Raised whenever a program of before could misread what stands in the tables.
inline constexpr int kFormatVersion = 1;

struct ColumnShape {
  std::string name;
  std::string type;
  bool not_null = true;
};

struct TableShape {
  std::string name;
  std::vector<ColumnShape> columns;
  std::vector<std::string> primary_key;
  bool without_rowid = false;

  // The CREATE TABLE statement, as it stands in the file and in docs/sqlite.md.
  std::string ddl() const;
};

// The tables that say whose store this is; there before all others.
TableShape pipeline_table();
TableShape made_tables_table();  // the names of all tables that we made, so that a reset can drop those of before

// What was sent again of the rejects; made by whoever sends the first time, where an earlier salestream made the store.
// A reset leaves them as they are.
TableShape resends_table();
TableShape resend_marks_table();

// All other tables of this definition: progress, rejects, and two for each totals table.
std::vector<TableShape> data_tables(const core::Definition& definition);

// A usage error when names of the pipeline file cannot stand beside each other or beside ours.
base::Status check_names(const core::Definition& definition);

// How one totals table and its cells are read and written. Parameters: the dimensions in the order of `by` first.
struct TableSql {
  std::string write_cell;               // dimensions, partition, revenue, units, orders, through
  std::string read_cells;               // dimensions → partition, revenue, units, orders, through
  std::string read_partition_cell;      // dimensions, partition → revenue, units, orders, through
  std::string write_totals;             // dimensions, then `measures`
  std::string read_totals;              // → dimensions, then `measures`
  std::string scan_cells;               // → dimensions, partition, revenue, units, orders, through
  std::string read_totals_row;          // dimensions → `measures`
  std::vector<core::Measure> measures;  // in the order of the table's columns
};
TableSql table_sql(const core::TotalsTable& table);

extern const char* const kWriteReject;  // log, partition, offset, time, reason, detail, key, message
extern const char* const kReadRejects;  // limit → partition, offset, time, reason, detail, key, message
// The same columns by place. first and last partition, first offset, offset behind the last, reason or null, limit →
extern const char* const kFindRejects;
extern const char* const kWriteResend;       // the columns of salestream_resends
extern const char* const kReadResends;       // log → the same, in the order in which they were begun
extern const char* const kSettleResend;      // state, settled, id
extern const char* const kWriteResendMark;   // partition, offset, resend, checksum
extern const char* const kReadResendMarks;   // partition, offset → resend, checksum
extern const char* const kWriteProgress;     // the columns of salestream_progress
extern const char* const kReadProgress;      // → the same
extern const char* const kReadRejectCounts;  // rejects_by_reason → reason, count

}  // namespace salestream::store::sqlite
