// SPDX-License-Identifier: Apache-2.0
// What the tables of a Cassandra store look like, and the CQL that makes, reads and writes them; docs/cassandra.md
// shows both to people. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/definition.h"
#include "store/options.h"

namespace salestream::store::cassandra {

// Raised whenever a program of before could misread what stands in the tables.
inline constexpr int kFormatVersion = 1;

enum class ColumnRole : std::uint8_t { kPartitionKey, kClustering, kRegular, kStatic };

struct ColumnShape {
  std::string name;
  std::string type;
  ColumnRole role = ColumnRole::kRegular;
  int position = 0;  // among the columns of the key with this role
};

struct TableShape {
  std::string name;
  std::vector<ColumnShape> columns;
  std::string comment;

  // The CREATE TABLE statement, as it stands in docs/cassandra.md.
  std::string cql(std::string_view keyspace) const;
  // "product_name text (partition key), total_sales decimal": the same for tables of the same shape, whatever the order
  // of their columns.
  std::string description() const;
};

// What two shapes differ in, for people; empty when they don't.
std::string difference(const TableShape& found, const TableShape& wanted);

// What `found`, made by an earlier salestream, has to get to be `wanted`; empty when it is, or when columns that can be
// added are not all that it lacks.
std::vector<ColumnShape> missing_columns(const TableShape& found, const TableShape& wanted);
std::string add_columns_cql(std::string_view keyspace, std::string_view table, const std::vector<ColumnShape>& columns);

// The tables that pipelines share. Those that hold much are keyed by pipeline and generation.
TableShape pipelines_table();
TableShape owned_tables_table();
TableShape progress_table();
TableShape rejects_table();
TableShape resends_table();
TableShape resend_marks_table();
std::vector<TableShape> shared_tables();  // all of them

// Whether a keyspace that an earlier salestream made may be without it: looking at totals needs it not.
bool is_optional_table(const TableShape& shape);

TableShape totals_table(const core::TotalsTable& table);
TableShape cells_table(const core::TotalsTable& table);

std::string keyspace_cql(const CassandraOptions& options);

// A usage error when Cassandra can't have these names, or they can't stand beside each other or beside ours.
base::Status check_names(const CassandraOptions& options, const core::Definition& definition);

// A name as CQL has it: bare where that is enough, in double quotes otherwise.
std::string quoted_name(std::string_view name);
std::string qualified_name(std::string_view keyspace, std::string_view table);

// How one totals table and its cells are read and written: statements with the values that are bound to them, in their
// order, and the columns that they give. "key": the dimensions in the order of `by`.
struct TableCql {
  // A statement whose last values are a key. `many`: the same for a list of keys, giving each row's key before it;
  // empty where a key has several columns.
  struct ByKey {
    std::string one, many;
  };

  std::string write_cell;               // key, generation, partition, revenue, units, orders, through, timestamp
  ByKey read_cells;                     // generation, key → partition, revenue, units, orders, through
  ByKey read_partition_cell;            // generation, partition, key → the same
  std::string write_totals;             // key, `measures`, timestamp
  std::string delete_totals;            // timestamp, key
  std::string scan_totals;              // → key, `measures`, the timestamp of each of them
  std::string scan_cells;               // → key, generation, partition, revenue, units, orders, through
  std::string read_totals_row;          // key → the same as scan_totals
  std::string scan_cell_keys;           // → first dimension, generation
  std::string delete_cells;             // timestamp, first dimension, generation
  std::vector<core::Measure> measures;  // in the order of the table's columns
};
TableCql table_cql(std::string_view keyspace, const core::TotalsTable& table);

struct SharedCql {
  std::string read_pipeline;  // pipeline → format_version, generation, base_us, definition, log, is_cleared, when made,
                              // engine
  std::string insert_pipeline;     // if not exists: pipeline and the same, without when made
  std::string renew_pipeline;      // the same without pipeline, pipeline, former generation → whether it was done
  std::string set_cleared;         // pipeline, generation → whether it was done
  std::string read_generation;     // pipeline → generation, base_us
  std::string scan_owned;          // → table_name, pipeline, is_made, table_id
  std::string read_owned;          // table_name → the same
  std::string claim_table;         // if not exists: table_name, pipeline, is_made, table_id → whether it was done
  std::string update_claim;        // is_made, table_id, table_name, pipeline → whether it was done
  std::string release_table;       // table_name, pipeline → whether it was done
  std::string write_progress;      // pipeline, generation, then the columns of salestream_progress, timestamp
  std::string read_progress;       // pipeline, generation → the other columns
  std::string scan_progress_keys;  // → pipeline, generation
  std::string delete_progress;     // timestamp, pipeline, generation
  std::string write_reject;        // the columns of salestream_rejects, timestamp
  std::string scan_reject_keys;    // → pipeline, generation, partition, offsets_from
  std::string list_rejects;        // pipeline, generation, partition, offsets_from → offset, time
  std::string read_reject;         // the same, offset → time, reason, detail, key, message
  std::string delete_rejects;      // timestamp, pipeline, generation, partition, offsets_from
  std::string write_resend;        // pipeline, id, state, log, ends, messages, begun, settled, timestamp
  std::string settle_resend;       // timestamp, state, settled, pipeline, id
  std::string read_resends;        // pipeline → id, state, log, ends, messages, begun, settled
  std::string write_resend_mark;   // pipeline, partition, offsets_from, offset, resend, checksum, timestamp
  std::string read_resend_marks;   // pipeline, partition, offsets_from, offset → resend, checksum
};
SharedCql shared_cql(std::string_view keyspace);

}  // namespace salestream::store::cassandra
