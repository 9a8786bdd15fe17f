// SPDX-License-Identifier: Apache-2.0
// The columns of each table of a Cassandra store: name, type, role, and how a value is bound and read; and the parts of
// them that statements have, in their order. CREATE TABLE (schema.h) and statements (statements.h) are made from them.
// Immutable; any thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/cell.h"
#include "core/definition.h"
#include "store/resends.h"
#include "store/row_layout.h"
#include "store/store.h"
#include "store/timestamps.h"
#include "store_cassandra/values.h"

namespace salestream::store::cassandra {

enum class ColumnRole : std::uint8_t { kPartitionKey, kClustering, kRegular, kStatic };

struct ColumnShape {
  std::string name;
  std::string type;
  ColumnRole role = ColumnRole::kRegular;
  int position = 0;  // among the columns of the key with this role
};

// A name as CQL has it: bare where that is enough, in double quotes otherwise.
std::string quoted_name(std::string_view name);

struct CassandraFormat {
  using Shape = ColumnShape;
  using Binder = BoundRows;
  using Reader = ValueReader;
  static std::string quoted(std::string_view name) { return quoted_name(name); }
};
template <typename From, typename Into = From>
using Columns = RowLayout<CassandraFormat, From, Into>;

// Whose rows they are. What is read lives as long as the answer that it was read from.
struct Owner {
  std::string_view pipeline;
  std::int32_t generation = 0;
  std::string_view source;
};

// A row with its owner, as it is written and as it is read.
template <typename T>
struct Owned {
  Owner owner;
  const T& row;
};
template <typename T>
struct Stored {
  Owner owner;
  T row;
};
template <typename T>
using OwnedColumns = Columns<Owned<T>, Stored<T>>;

// salestream_pipeline
struct CurrentGeneration {
  std::int32_t number = 0;
  Generation base;
  TimestampUs began_us = 0;  // or was last repaired, by the server's clock
  Engine engine = Engine::kSalestream;
  TimestampUs totals_base_us = 0;  // 0: its totals were never repaired

  // What the timestamps of its totals rows count from; those of all other rows count from `base`.
  Generation totals() const { return {std::max(base.base_us, totals_base_us)}; }
  bool is_repaired() const { return totals_base_us != 0; }
  // Whether there may be totals rows that are older than totals().
  bool may_have_older_totals() const { return number > 1 || is_repaired(); }
};
struct StoredPipeline {
  std::string pipeline;
  std::int32_t format_version = 0;
  CurrentGeneration generation;
  std::string definition;
  std::string source;
  bool is_cleared = false;
};
struct PipelineColumns {
  Columns<StoredPipeline> all;         // of the table; spark_queries, the last, is Spark's own
  Columns<StoredPipeline> key;         // pipeline
  Columns<StoredPipeline> generation;  // generation, generation_base_us, totals_base_us
  Columns<StoredPipeline> current;     // generation, totals_base_us: what a change of the row depends on
  Columns<StoredPipeline> repaired;    // totals_base_us
  Columns<StoredPipeline> written;     // format_version to engine
  Columns<StoredPipeline> read;  // the same, with when generation and totals_base_us were written before the engine
};
const PipelineColumns& pipeline_columns();

// salestream_tables
struct OwnedTable {
  std::string name;
  std::string pipeline;
  bool is_made = false;
  std::string id;  // 16 bytes
};
struct OwnedTableColumns {
  Columns<OwnedTable> all;
  Columns<OwnedTable> key;       // table_name
  Columns<OwnedTable> pipeline;  // pipeline
  Columns<OwnedTable> claim;     // is_made, table_id
};
const OwnedTableColumns& owned_table_columns();

// salestream_progress
struct ProgressColumns {
  OwnedColumns<core::PartitionProgress> all;
  OwnedColumns<core::PartitionProgress> key;     // pipeline, generation
  OwnedColumns<core::PartitionProgress> values;  // the others
};
const ProgressColumns& progress_columns();

// salestream_rejects. A bucket read alone has its first offset.
struct RejectColumns {
  OwnedColumns<core::Reject> all;
  OwnedColumns<core::Reject> bucket;  // pipeline, generation, partition, offsets_from
  OwnedColumns<core::Reject> offset;  // offset
  OwnedColumns<core::Reject> listed;  // offset, time
  OwnedColumns<core::Reject> values;  // time, reason, detail, key, message
};
const RejectColumns& reject_columns();

// The rejected messages of so many offsets share a partition of Cassandra's.
inline constexpr core::Offset kOffsetsPerRejectBucket = 1000;
inline core::Offset offsets_from(core::Offset offset) {
  const core::Offset over = offset % kOffsetsPerRejectBucket;
  return offset - (over < 0 ? over + kOffsetsPerRejectBucket : over);
}

// salestream_resends
struct ResendColumns {
  OwnedColumns<Resend> all;
  OwnedColumns<Resend> key;      // pipeline, id
  OwnedColumns<Resend> outcome;  // state, settled
  OwnedColumns<Resend> read;     // id, then the others
};
const ResendColumns& resend_columns();

// salestream_resent
struct ResendMarkColumns {
  OwnedColumns<ResendMark> all;
  OwnedColumns<ResendMark> place;   // pipeline, partition, offsets_from, offset
  OwnedColumns<ResendMark> values;  // resend, checksum
};
const ResendMarkColumns& resend_mark_columns();

// Of a table of cells, behind the dimensions, whose values are a key's (key_columns.h).
struct CellRow {
  std::int32_t generation = 0;
  core::PartitionId partition = 0;
  core::Cell cell;
};
struct CellColumns {
  Columns<CellRow> all;
  Columns<CellRow> generation;  // generation
  Columns<CellRow> place;       // generation, partition
  Columns<CellRow> values;      // partition, revenue, units, orders, through
};
const CellColumns& cell_columns();

// Of a totals table, its columns of measures in their order.
Columns<core::Measures> measure_columns(const core::TotalsTable& table);

// When each of them was written: reading them leaves the latest; a column that was never written has none.
struct WrittenRow {
  TimestampUs newest_us = 0;
  bool is_written = false;
};
Columns<WrittenRow> written_columns(const core::TotalsTable& table);

}  // namespace salestream::store::cassandra
