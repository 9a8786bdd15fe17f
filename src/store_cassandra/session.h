// SPDX-License-Identifier: Apache-2.0
// Sessions of a Cassandra store. They share one client and its prepared statements; each belongs to one thread.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"
#include "store_cassandra/client.h"
#include "store_cassandra/columns.h"
#include "store_cassandra/key_columns.h"
#include "store_cassandra/pipeline.h"

namespace salestream::store::cassandra {

struct TableAccess {
  KeyColumns key;
  core::TotalsTable totals;
  core::Measure first_measure = core::Measure::kRevenue;
  Columns<core::Measures> measures;
  Columns<WrittenRow> written;
  KeyedStatement read_cells, read_partition_cell;
  Statement write_cell, write_totals, delete_totals, scan_totals, scan_cells, read_totals_row;
};

// What the sessions of one store share. Never changes once made, but for the base of totals rows.
struct Shared {
  std::shared_ptr<Client> client;
  std::string pipeline;
  std::string source;
  CurrentGeneration generation;
  bool may_write = false;
  std::vector<TableAccess> tables;

  Owner owner() const { return {pipeline, generation.number, source}; }
  // What the timestamps of totals rows count from; a repair that is seen raises it. Any thread.
  Generation totals() const { return {totals_base_us.load()}; }
  void take_over(Generation totals) const;
  bool is_owner(const Owner& of) const { return of.pipeline == pipeline && of.generation == generation.number; }

  mutable std::atomic<TimestampUs> totals_base_us{0};
  Statement read_generation, write_progress, read_progress, write_reject, scan_reject_keys, list_rejects, read_reject;
};

base::Result<std::shared_ptr<const Shared>> prepare_shared(std::shared_ptr<Client> client, const std::string& keyspace,
                                                           const Identity& identity, CurrentGeneration generation,
                                                           bool may_write);

std::unique_ptr<Session> make_session(std::shared_ptr<const Shared> shared);

// The next row of scan_totals or read_totals_row; nothing when it is of a former generation, or of another program from
// before ours.
base::Result<std::optional<StoredTotals>> stored_totals_of(ValueReader& values, const TableAccess& table,
                                                           const Shared& shared);

}  // namespace salestream::store::cassandra
