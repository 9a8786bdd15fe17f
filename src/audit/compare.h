// SPDX-License-Identifier: Apache-2.0
// Compares what the source gives with what the store says: progress and rejected messages of a partition, and the
// measures of any two sums. key_comparison.h compares cells and totals rows. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/partition_audit.h"
#include "audit/report.h"
#include "audit/sums.h"
#include "core/definition.h"
#include "store/store.h"

namespace salestream::audit {

// Fills in a partition's part of the report.
void compare_progress(const PartitionAudit& partition, Report& report);
void compare_rejects(const PartitionAudit& partition, Report& report);

// One difference for each measure of the table that is not the same; `difference` has all but column and numbers.
void add_measure_differences(const core::TotalsTable& table, const Sums& expected, const Sums& stored,
                             const Difference& difference, DifferenceList& differences);

// A totals row as the store has it.
struct StoredRow {
  std::optional<Sums> sums;                       // nothing: there is none
  std::optional<store::Unreadable> unreadable{};  // then nothing is known of its sums

  bool operator==(const StoredRow& other) const {
    return sums == other.sums && unreadable.has_value() == other.unreadable.has_value();
  }
};
inline constexpr const char* kUnreadableRow = "a row that can't be read";
// Of a key as it is now.
StoredRow stored_row_of(const store::Inspection::KeyContent& content);
ExpectedRow sum_of(const std::vector<store::StoredCell>& cells);
std::string stored_text(const core::TotalsTable& table, const StoredRow& row);

// Whether a totals row is as it must be, in the measures that the table has.
bool is_right(const core::TotalsTable& table, const ExpectedRow& expected, const StoredRow& stored);
// What is not right about it: a difference for each measure, or one where all of it is missing, or too much.
// `difference` has all but column and numbers.
void add_row_differences(const core::TotalsTable& table, const ExpectedRow& expected, const StoredRow& stored,
                         Difference difference, DifferenceList& differences);

bool has_measure(const core::TotalsTable& table, core::Measure measure);
// The same measures, of those that the table has.
Sums shown(const core::TotalsTable& table, Sums sums);
std::string offset_text(core::Offset offset);
inline constexpr const char* kNoRow = "no such row";
// "revenue 1.50, units 1", of the table's measures.
std::string row_text(const core::TotalsTable& table, const Sums& sums);
std::string revenue_text(Billionths revenue);
std::string units_text(Billionths units);
// "revenue 2.50, units 1, orders 1"
std::string sums_text(const Sums& sums);

}  // namespace salestream::audit
