// SPDX-License-Identifier: Apache-2.0
// Compares, key by key, what the source gives with what the store says: each cell, and the totals row with the sum of
// them. What takes another look, at the source or at the store, waits until there is enough of it or the table ends.
// One thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "audit/compare.h"
#include "audit/key_records.h"
#include "audit/looks.h"
#include "audit/partition_audit.h"
#include "audit/report.h"
#include "audit/sums.h"
#include "base/result.h"
#include "core/definition.h"
#include "store/store.h"

namespace salestream::audit {

using Partitions = std::map<core::PartitionId, std::unique_ptr<PartitionAudit>>;

// Where totals rows and partitions may have been read at different moments: progress and a key as they are now, how
// long to wait between two looks, and how long to go on looking at rows that wait together.
struct LookAgain {
  std::function<base::Result<std::vector<core::PartitionProgress>>()> read_progress;
  // Empty: they are of one moment.
  std::function<base::Result<store::Inspection::KeyContent>(store::TableIndex table, std::string_view key)> read;
  std::chrono::milliseconds pause{};
  std::chrono::milliseconds timeout{};
};

// Counts the cells that are to be recounted, one by one, by reading the source again, or says of them that they are
// unknown. All are of one table.
using Recount = std::function<base::Status(std::vector<KeyAudit>& keys)>;

// A totals row that is not as it must be, so far.
struct DifferingRow {
  KeyAudit key;
  ExpectedRow expected;  // by the source
  ExpectedRow by_cells;  // by its cells as they are stored
  StoredRow stored;
  bool is_in_a_flush = false;  // progress did not have all of its cells
  int same_looks = 0;          // of one that is in no flush
};

class KeyComparison {
 public:
  struct Parts {
    const core::Definition& definition;
    const Partitions& partitions;  // concluded
    LookAgain look_again;
    Recount recount;
    std::size_t waiting_bytes = 0;  // of keys that wait for another look, each kind
  };
  KeyComparison(Parts parts, Report& report) : parts_(std::move(parts)), report_(report) {}

  // All keys, a table after the other.
  base::Status compare(KeyRecords& records);

 private:
  base::Status compare_table(KeyRecords& records, store::TableIndex table, KeyAudit& key, bool& has_key);
  base::Status compare_key(KeyAudit key);
  base::Status recount_waiting();
  base::Status look_at_waiting();

  void compare_cell(const KeyAudit& key, const CellAudit& cell);
  void expect_anew(const store::Inspection::KeyContent& content, DifferingRow& row) const;
  base::Status look(const NextOffsets& next_offsets, DifferingRow& row);
  base::Status look_until_settled();
  void add_row_difference(const DifferingRow& row, bool may_change, DifferenceList& differences) const;
  const core::TotalsTable& table() const { return parts_.definition.totals.at(index_); }
  const PartitionAudit& partition(core::PartitionId id) const { return *parts_.partitions.at(id); }

  const Parts parts_;
  Report& report_;
  store::TableIndex index_ = 0;
  TableReport* into_ = nullptr;
  std::vector<KeyAudit> to_recount_;
  std::vector<DifferingRow> to_look_at_;
  std::size_t recount_bytes_ = 0, look_bytes_ = 0;
};

}  // namespace salestream::audit
