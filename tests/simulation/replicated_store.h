// SPDX-License-Identifier: Apache-2.0
// The store's seam over a Cluster, with the statements and timestamps of the Cassandra adapter: what it does wrong on
// purpose, as a mutant, is in Rules. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "cluster.h"
#include "core/cell.h"
#include "core/order.h"
#include "history.h"
#include "store/store.h"

namespace salestream::simulation {

enum StepKind : unsigned { kRejects = 1, kCells = 2, kTotals = 4, kProgress = 8, kAllSteps = 15 };

// What decides whether totals are exact. The defaults are what is built; a mutant changes one of them.
struct Rules {
  // The steps of a flush, in rounds: each round runs the engine's flush, and only these of its steps have an effect.
  std::vector<unsigned> rounds{kAllSteps};
  bool reads_siblings = true;        // a totals row is of all partitions' cells
  bool reads_own_cells_back = true;  // and our own partitions' are those in the store
  bool clock_timestamps = false;     // rows are ordered by when they were written
  bool versions_add_up = true;       // false: a totals row is as new as its newest cell
  bool repairs_on_read = true;
  int acknowledgements = 2;
  bool ignores_former_generations = true;  // rows older than the generation's base count as absent
  bool checks_generation = true;           // an instance ends when there is another generation than its own
  bool generation_has_margin = true;       // a reset leaves room for what it can't see
  bool clears_former_rows = true;          // totals rows of former generations, and of other programs, are deleted
};

// Where the rows of a schedule stand in the cluster, and the values that don't fit into a Row.
class Tables {
 public:
  Tables(const Case& the_case, int partitions);

  RowId cell(std::uint32_t table, std::uint32_t key, core::PartitionId p) const {
    return (table * kMaxKeys + key) * kMaxPartitions + static_cast<RowId>(p);
  }
  RowId total(std::uint32_t table, std::uint32_t key) const { return kCellRows + table * kKeysAndForeign + key; }
  RowId progress(core::PartitionId p) const { return kCellRows + kTotalRows + static_cast<RowId>(p); }
  RowId reject(core::PartitionId p, core::Offset offset) const {
    return kCellRows + kTotalRows + kMaxPartitions + static_cast<RowId>(p * kMaxMessages + offset);
  }
  RowId generation() const { return kRows - 1; }
  static RowId rows() { return kRows; }

  // A totals row that no order has: another program's.
  static constexpr std::uint32_t kForeignKey = kMaxKeys;

  const Case& the_case;
  const int partitions;
  std::vector<core::PartitionProgress> kept_progress;
  std::vector<core::Reject> kept_rejects;

 private:
  static constexpr RowId kCellRows = kMaxTables * kMaxKeys * kMaxPartitions;
  static constexpr RowId kKeysAndForeign = kMaxKeys + 1;
  static constexpr RowId kTotalRows = kMaxTables * kKeysAndForeign;
  static constexpr RowId kRows = kCellRows + kTotalRows + kMaxPartitions + kMaxPartitions * kMaxMessages + 1;
};

// One instance's view of the store, from its start. Its clock is that of its machine.
class InstanceStore {
 public:
  InstanceStore(Cluster& cluster, Tables& tables, Scheduler& scheduler, const Rules& rules, std::int64_t clock_skew_us,
                int window)
      : cluster_(cluster),
        tables_(tables),
        scheduler_(scheduler),
        rules_(rules),
        clock_skew_us_(clock_skew_us),
        window_(window) {}

  // As open_for_run: reads the generation, and clears away what is older.
  base::Status open();
  // A new generation; everything read so far is as if it had never been.
  base::Status reset();

  std::unique_ptr<store::Session> session();
  store::Generation generation() const { return generation_; }
  store::TimestampUs clock_us() const { return scheduler_.now_us() + clock_skew_us_; }

  // For finding a value that no log can give as soon as it is written.
  const History* history = nullptr;
  std::string* first_untruth = nullptr;

 private:
  friend class SimulatedSession;
  friend class SimulatedSteps;

  base::Result<store::Generation> read_generation();
  base::Status check_generation();
  base::Status clear_former_rows();
  bool counts(const Row& row) const {
    return row.exists() && (!rules_.ignores_former_generations || store::belongs_to(generation_, row.timestamp_us));
  }
  store::TimestampUs stamp(store::TimestampUs by_content) const {
    return rules_.clock_timestamps ? clock_us() : by_content;
  }

  Cluster& cluster_;
  Tables& tables_;
  Scheduler& scheduler_;
  const Rules& rules_;
  const std::int64_t clock_skew_us_;
  const int window_;
  store::Generation generation_;
  // For the mutant that trusts its memory: the cells that it has read or written since it was given its partitions.
  std::map<RowId, core::Cell> memory_;
};

}  // namespace salestream::simulation
