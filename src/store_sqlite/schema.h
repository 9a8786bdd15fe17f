// SPDX-License-Identifier: Apache-2.0
// What the tables of a SQLite store look like, as docs/sqlite.md shows them to people. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "core/definition.h"
#include "store_sqlite/columns.h"

namespace salestream::store::sqlite {

// Raised whenever a program of before could misread what stands in the tables.
inline constexpr int kFormatVersion = 1;

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
TableShape made_tables_table();

// Which rejected messages were sent again; the first resend makes them where an earlier salestream made the store. A
// reset leaves them as they are.
TableShape resends_table();
TableShape resend_marks_table();

TableShape progress_table();
TableShape rejects_table();

// All tables that a reset empties: progress, rejects, and two for each totals table.
std::vector<TableShape> data_tables(const core::Definition& definition);

// A usage error when names of the pipeline file cannot stand beside each other or beside ours.
base::Status check_names(const core::Definition& definition);

}  // namespace salestream::store::sqlite
