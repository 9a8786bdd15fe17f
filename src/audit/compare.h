// SPDX-License-Identifier: Apache-2.0
// Compares what the source gives with what the store says: every cell, rejected message and progress of a partition,
// and every totals row over all of them. Pure, but for totals rows of a store that has no snapshots: those are looked
// at again. One thread.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "audit/partition_audit.h"
#include "audit/report.h"
#include "base/result.h"
#include "core/definition.h"
#include "store/store.h"

namespace salestream::audit {

using TotalsRows = ByText<Sums>;  // by key; measures that the table doesn't have are zero

// Fills in a partition's part of the report. By key and partition.
void compare_progress(const PartitionAudit& partition, Report& report);
void compare_rejects(const PartitionAudit& partition, Report& report);
void compare_cells(const core::Definition& definition, store::TableIndex index,
                   const std::vector<PartitionAudit*>& partitions, TableReport& into, Report& report);

// Where totals rows and partitions may have been read at different moments: progress and a key as they are now, how
// long to wait between two looks, and how long to go on looking.
struct LookAgain {
  std::function<base::Result<std::vector<core::PartitionProgress>>()> read_progress;
  std::function<base::Result<store::Inspection::KeyContent>(std::string_view key)> read;  // empty: they are of one
  std::chrono::milliseconds pause;
  std::chrono::milliseconds timeout;
};

// The rows against the sums of their cells, as the source gives them. Those that a run was writing all the while are
// not different: they are unsettled.
base::Status compare_totals(const core::TotalsTable& table, store::TableIndex index,
                            const std::vector<PartitionAudit*>& partitions, const TotalsRows& rows,
                            const LookAgain& look_again, TableReport& into, Report& report);

// One difference for each measure of the table that is not the same; `difference` has all but column and numbers.
// Returns how many.
int add_measure_differences(const core::TotalsTable& table, const Sums& expected, const Sums& stored,
                            const Difference& difference, Report& report);

bool has_measure(const core::TotalsTable& table, core::Measure measure);
std::string revenue_text(Billionths revenue);
std::string units_text(Billionths units);

}  // namespace salestream::audit
