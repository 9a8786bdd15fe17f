// SPDX-License-Identifier: Apache-2.0
// The CQL that reads and writes the tables of a Cassandra store. What is bound to a statement, and what it gives, are
// the columns that are named beside it, in their order (columns.h); "timestamp" is the write timestamp, a bigint. Pure;
// any thread.
#pragma once

#include <string>
#include <string_view>

#include "core/definition.h"

namespace salestream::store::cassandra {

// How one totals table and its cells are read and written. "key": the dimensions in the order of `by`.
struct TableCql {
  // A statement whose last values are a key. `many`: the same for a list of keys, giving each row's key before it;
  // empty where a key has several columns.
  struct ByKey {
    std::string one, many;
  };

  std::string write_cell;       // key, cell_columns().all, timestamp
  ByKey read_cells;             // cell_columns().generation, key → cell_columns().values
  ByKey read_partition_cell;    // cell_columns().place, key → the same
  std::string scan_cells;       // → key, cell_columns().all
  std::string write_totals;     // key, measure_columns, timestamp
  std::string delete_totals;    // timestamp, key
  std::string scan_totals;      // → key, measure_columns, written_columns
  std::string read_totals_row;  // key → the same
  std::string scan_cell_keys;   // → first dimension, cell_columns().generation
  std::string delete_cells;     // timestamp, first dimension, cell_columns().generation
};
TableCql table_cql(std::string_view keyspace, const core::TotalsTable& table);

// The tables that pipelines share. "→ whether it was done": a lightweight transaction.
struct SharedCql {
  std::string read_pipeline;       // pipeline_columns().key → read
  std::string insert_pipeline;     // pipeline_columns().key, written → whether it was done
  std::string renew_pipeline;      // pipeline_columns().written, key, the former current → whether it was done
  std::string repair_pipeline;     // pipeline_columns().repaired, key, the former current → whether it was done
  std::string set_cleared;         // pipeline_columns().key, current → whether it was done
  std::string read_generation;     // pipeline_columns().key → generation
  std::string scan_owned;          // → owned_table_columns().all
  std::string read_owned;          // owned_table_columns().key → all
  std::string claim_table;         // owned_table_columns().all → whether it was done
  std::string update_claim;        // owned_table_columns().claim, key, pipeline → whether it was done
  std::string release_table;       // owned_table_columns().key, pipeline → whether it was done
  std::string write_progress;      // progress_columns().all, timestamp
  std::string read_progress;       // progress_columns().key → values
  std::string scan_progress_keys;  // → progress_columns().key
  std::string delete_progress;     // timestamp, progress_columns().key
  std::string write_reject;        // reject_columns().all, timestamp
  std::string scan_reject_keys;    // → reject_columns().bucket
  std::string list_rejects;        // reject_columns().bucket → listed
  std::string read_reject;         // reject_columns().bucket, offset → values
  std::string delete_rejects;      // timestamp, reject_columns().bucket
  std::string write_resend;        // resend_columns().all, timestamp
  std::string settle_resend;       // timestamp, resend_columns().outcome, key
  std::string read_resends;        // pipeline → resend_columns().read
  std::string write_resend_mark;   // resend_mark_columns().all, timestamp
  std::string read_resend_marks;   // resend_mark_columns().place → values
};
SharedCql shared_cql(std::string_view keyspace);

}  // namespace salestream::store::cassandra
