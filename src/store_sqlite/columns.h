// SPDX-License-Identifier: Apache-2.0
// The columns of each table of a SQLite store: name, type, role, and how a value is bound and read. Statements and
// CREATE TABLE are made from them (schema.h, statements.h). Immutable; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/cell.h"
#include "core/definition.h"
#include "store/resends.h"
#include "store/row_layout.h"
#include "store_sqlite/handles.h"
#include "store_sqlite/values.h"

namespace salestream::store::sqlite {

enum class ColumnRole : std::uint8_t { kKey, kValue, kNullable };

struct ColumnShape {
  std::string name;
  std::string type;
  ColumnRole role = ColumnRole::kValue;
};

struct SqliteFormat {
  using Shape = ColumnShape;
  using Binder = RowBinder;
  using Reader = RowReader;
  static std::string quoted(std::string_view name) { return quoted_name(name); }
};
template <typename From, typename Into = From>
using Columns = RowLayout<SqliteFormat, From, Into>;

// salestream_pipeline
struct PipelineRow {
  std::int64_t format_version = 0;
  std::string pipeline;
  std::string definition;
  std::string source;
  std::int64_t generation = 0;
  std::int64_t base_us = 0;
};
const Columns<PipelineRow>& pipeline_columns();

// salestream_tables: the names of all tables that we made, so that a reset can drop those of before.
const Columns<std::string>& made_table_columns();

// salestream_progress
struct ProgressRow {
  core::PartitionProgress progress;  // but for the counts by reason when it is read
  std::string rejects_by_reason;     // JSON, when it is read
};
const Columns<ProgressRow>& progress_columns();

// rejects
struct RejectRow {
  const std::string& source;
  const core::Reject& reject;
};
struct StoredReject {
  core::Reject reject;
};
const Columns<RejectRow, StoredReject>& reject_columns();

// salestream_resends and salestream_resent
const Columns<Resend>& resend_columns();
const Columns<ResendMark>& resend_mark_columns();

// The columns of a totals table's key, in the order of `by`; their values are those of a key (rows.h).
std::vector<ColumnShape> key_columns(const core::TotalsTable& table);
ColumnShape key_column(const std::string& name);

// Of a table of cells, behind the key's.
struct CellRow {
  core::PartitionId partition = 0;
  core::Cell cell;
};
const Columns<CellRow>& cell_columns();

// Of a totals table, its columns of measures in their order.
Columns<core::Measures> measure_columns(const core::TotalsTable& table);

}  // namespace salestream::store::sqlite
