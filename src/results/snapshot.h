// SPDX-License-Identifier: Apache-2.0
// What the store holds now, read for people to look at: committed totals only. Used by one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/cell.h"
#include "core/definition.h"
#include "results/table.h"
#include "store/store.h"

namespace salestream::results {

struct ShownTable {
  std::string name;
  Table top;                  // by the first measure, greatest first
  std::int64_t all_rows = 0;  // in the store; more than `top` has when there was a limit
};

struct Snapshot {
  std::vector<ShownTable> tables;
  std::vector<core::PartitionProgress> progress;
  core::Counters counters;  // over all partitions
};

core::Counters sum_of(const std::vector<core::PartitionProgress>& progress);

class SnapshotReader {
 public:
  // All of them outlive the reader.
  static base::Result<SnapshotReader> open(const core::Definition& definition, store::Store& store);

  // As much of each table as the limit allows.
  base::Result<Snapshot> read(store::PageLimit limit);
  // One table, by its place in the definition.
  base::Result<ShownTable> read_table(store::TableIndex table, store::PageLimit limit);
  // The same as values to calculate with.
  base::Result<store::TotalsPage> read_totals(store::TableIndex table, store::PageLimit limit) {
    return session_->read_totals(table, limit);
  }
  base::Result<std::vector<core::PartitionProgress>> read_progress() { return session_->read_progress(); }

 private:
  SnapshotReader(const core::Definition& definition, std::unique_ptr<store::Session> session)
      : definition_(&definition), session_(std::move(session)) {}

  const core::Definition* definition_;
  std::unique_ptr<store::Session> session_;
};

}  // namespace salestream::results
