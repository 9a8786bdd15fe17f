// SPDX-License-Identifier: Apache-2.0
#include "audit/key_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <thread>
#include <utility>

#include "audit/compare.h"

namespace salestream::audit {
namespace {

constexpr const char* kNoCell = "no such cell";

std::vector<std::string> key_values(const core::TotalsTable& table, std::string_view key) {
  return core::split_key(key, table.by.size());
}

bool has_counted(const CellAudit& cell) { return cell.last_counted != core::kNothingYet; }

// Whether there must be such a cell.
bool is_due(const PartitionAudit& partition, const CellAudit& cell) {
  if (!cell.is_stored) return has_counted(cell) && !partition.may_count_too_much();
  return cell.is_unknown || has_counted(cell) || !partition.is_complete();
}

// Adds what it must be. Where messages of it may be gone there is nothing better than what is stored.
void add_must_be(const PartitionAudit& partition, const CellAudit& cell, ExpectedRow& row) {
  const bool is_counted = (partition.is_complete() && !cell.is_unknown) || !cell.is_stored;
  if (is_counted || !cell.is_unreadable)
    row.add(is_counted ? cell.counted : cell.stored);
  else
    row.add_unknown();
}

bool is_at_least(const Sums& stored, const Sums& seen) {
  return stored.revenue >= seen.revenue && stored.units >= seen.units && stored.orders >= seen.orders;
}

bool is_right(const core::TotalsTable& table, const DifferingRow& row) {
  return is_right(table, row.expected, row.stored);
}

bool is_settled(const core::TotalsTable& table, const DifferingRow& row) {
  return is_right(table, row) || row.same_looks >= kLooksUntilWrong;
}

}  // namespace

base::Status KeyComparison::compare(KeyRecords& records) {
  SALESTREAM_TRY(records.begin_reading());
  KeyAudit key;
  SALESTREAM_ASSIGN(bool has_key, records.next(key));
  for (store::TableIndex each = 0; each < parts_.definition.totals.size(); ++each)
    SALESTREAM_TRY(compare_table(records, each, key, has_key));
  return {};
}

// `key` is the next one, of this table or a later one.
base::Status KeyComparison::compare_table(KeyRecords& records, store::TableIndex index, KeyAudit& key, bool& has_key) {
  index_ = index;
  TableReport into;
  into.name = table().name;
  into_ = &into;
  const std::int64_t before = report_.differences.count();
  while (has_key && key.table == index) {
    const bool is_known =
        std::none_of(key.cells.begin(), key.cells.end(), [](const CellAudit& cell) { return cell.is_to_be_recounted; });
    if (is_known) {
      SALESTREAM_TRY(compare_key(std::move(key)));
    } else {
      recount_bytes_ += key.bytes();
      to_recount_.push_back(std::move(key));
      if (recount_bytes_ > parts_.waiting_bytes) SALESTREAM_TRY(recount_waiting());
    }
    SALESTREAM_ASSIGN(has_key, records.next(key));
  }
  SALESTREAM_TRY(recount_waiting());
  SALESTREAM_TRY(look_at_waiting());
  into.differences = report_.differences.count() - before;
  into_ = nullptr;
  report_.tables.push_back(std::move(into));
  return {};
}

base::Status KeyComparison::recount_waiting() {
  if (to_recount_.empty()) return {};
  SALESTREAM_TRY(parts_.recount(to_recount_));
  for (KeyAudit& key : to_recount_) SALESTREAM_TRY(compare_key(std::move(key)));
  to_recount_.clear();
  recount_bytes_ = 0;
  return {};
}

base::Status KeyComparison::compare_key(KeyAudit key) {
  DifferingRow row;
  for (const CellAudit& cell : key.cells) {
    if (cell.is_stored) {
      ++into_->cells;
      if (cell.is_unreadable)
        row.by_cells.add_unknown();
      else
        row.by_cells.add(cell.stored);
    }
    compare_cell(key, cell);
    const PartitionAudit& of = partition(cell.partition);
    if (is_due(of, cell)) add_must_be(of, cell, row.expected);
  }
  if (key.row) ++into_->rows;
  row.stored.sums = key.row;
  if (const store::Unreadable* unreadable = key.unreadable_of(std::nullopt)) row.stored.unreadable = *unreadable;
  if (is_right(table(), row)) return {};
  look_bytes_ += sizeof row + key.bytes();
  row.key = std::move(key);
  to_look_at_.push_back(std::move(row));
  return look_bytes_ > parts_.waiting_bytes ? look_at_waiting() : base::Status();
}

// One cell against what the source gives for it; every difference becomes a line of the report.
void KeyComparison::compare_cell(const KeyAudit& key, const CellAudit& cell) {
  const PartitionAudit& of = partition(cell.partition);
  const auto found = [&](std::string_view column, std::string expected, std::string stored, std::string_view meaning) {
    ++into_->cell_differences;
    report_.differences.push_back({table().name + "_cells",
                                   key_values(table(), key.key),
                                   std::string(column),
                                   std::move(expected),
                                   std::move(stored),
                                   {cell.partition},
                                   std::string(meaning)});
  };
  if (cell.is_unreadable) {
    const store::Unreadable& what = *key.unreadable_of(cell.partition);
    const bool is_known = of.is_complete() && !cell.is_unknown;
    return found(what.column,
                 !is_known           ? "what it was"
                 : has_counted(cell) ? sums_text(cell.counted)
                                     : kNoCell,
                 what.found, "a cell that can't be read");
  }
  if (of.may_count_too_much() && (!cell.is_stored || cell.counted != cell.stored)) {
    if (cell.is_stored) ++into_->unproven_cells;
    return;
  }
  if (!cell.is_stored) return found("row", sums_text(cell.counted), kNoCell, "a cell is lost");
  const auto check_due = [&] {
    if (cell.last_due > cell.applied_through)
      found("through", fmt::format("at least {}", cell.last_due), offset_text(cell.applied_through),
            "a cell lacks messages that are said to be in the store");
  };
  if (cell.is_unknown) {
    ++into_->unknown_cells;
    return check_due();
  }
  // Only messages that are gone can be in it otherwise.
  const bool may_lack = !of.is_complete();
  const bool may_lack_last = of.is_compacted() || cell.applied_through < of.begin();
  if (!has_counted(cell) && !(may_lack && may_lack_last))
    return found("row", kNoCell, sums_text(cell.stored), "a cell that the source does not give");
  if (has_counted(cell) && cell.last_counted != cell.applied_through && !of.is_compacted())
    found("through", offset_text(cell.last_counted), offset_text(cell.applied_through),
          "the last message of a cell is not at this offset");
  check_due();
  if (may_lack && cell.counted != cell.stored) {
    ++into_->unproven_cells;
    // With returns, what is gone may have taken away.
    if (!parts_.definition.allow_returns && !is_at_least(cell.stored, cell.counted))
      found("row", "at least " + sums_text(cell.counted), sums_text(cell.stored),
            "a cell is less than what is left of the source gives");
    return;
  }
  constexpr std::string_view kNotTheSum = "a cell is not the sum of its messages";
  const auto& counted = cell.counted;
  const auto& stored = cell.stored;
  if (counted.revenue != stored.revenue)
    found("revenue", revenue_text(counted.revenue), revenue_text(stored.revenue), kNotTheSum);
  if (counted.units != stored.units) found("units", units_text(counted.units), units_text(stored.units), kNotTheSum);
  if (counted.orders != stored.orders)
    found("orders", std::to_string(counted.orders), std::to_string(stored.orders), kNotTheSum);
}

// What the row must be by its cells as they are now: those that were audited as the source has them, newer ones as they
// are.
void KeyComparison::expect_anew(const store::Inspection::KeyContent& content, DifferingRow& row) const {
  row.expected = {};
  for (const auto& [id, of] : parts_.partitions) {
    const auto known = std::find_if(row.key.cells.begin(), row.key.cells.end(),
                                    [&, at = id](const CellAudit& each) { return each.partition == at; });
    const auto cell = std::find_if(content.cells.begin(), content.cells.end(),
                                   [&, at = id](const store::StoredCell& each) { return each.partition == at; });
    const bool is_known = known != row.key.cells.end();
    if (cell != content.cells.end() && (!is_known || cell->cell.applied_through > known->applied_through))
      row.expected.add(*cell);
    else if (is_known && is_due(*of, *known))
      add_must_be(*of, *known, row.expected);
  }
  // A partition whose first message came after progress was read.
  for (const store::StoredCell& cell : content.cells)
    if (!parts_.partitions.contains(cell.partition)) row.expected.add(cell);
}

// One more look at a row. `next_offsets` were read before.
base::Status KeyComparison::look(const NextOffsets& next_offsets, DifferingRow& row) {
  SALESTREAM_ASSIGN(const auto content, parts_.look_again.read(index_, row.key.key));
  const StoredRow stored_before = row.stored;
  const Sums expected_before = row.expected.sums;
  expect_anew(content, row);
  row.by_cells = sum_of(content.cells);
  row.stored = stored_row_of(content);
  if (row.stored.sums) row.stored.sums = shown(table(), *row.stored.sums);
  row.is_in_a_flush = is_ahead(content.cells, next_offsets);
  if (row.is_in_a_flush) {
    row.same_looks = 0;
    return {};
  }
  const bool is_same = stored_before == row.stored && expected_before == row.expected.sums;
  row.same_looks = is_same ? row.same_looks + 1 : 0;
  return {};
}

base::Status KeyComparison::look_until_settled() {
  const LookAgain& look_again = parts_.look_again;
  const auto give_up = std::chrono::steady_clock::now() + look_again.timeout;
  for (bool is_first = true;; is_first = false) {
    SALESTREAM_ASSIGN(const auto progress, look_again.read_progress());
    const NextOffsets next_offsets = next_offsets_of(progress);
    bool all_settled = true;
    for (DifferingRow& row : to_look_at_) {
      if (!is_first && is_settled(table(), row)) continue;
      SALESTREAM_TRY(look(next_offsets, row));
      all_settled = all_settled && is_settled(table(), row);
    }
    if (all_settled || std::chrono::steady_clock::now() >= give_up) return {};
    std::this_thread::sleep_for(look_again.pause);
  }
}

// Those that a run was writing all the while are not different: they are unsettled.
base::Status KeyComparison::look_at_waiting() {
  const bool may_settle = static_cast<bool>(parts_.look_again.read);
  if (may_settle && !to_look_at_.empty()) SALESTREAM_TRY(look_until_settled());
  for (const DifferingRow& row : to_look_at_) {
    if (is_right(table(), row)) continue;
    const bool may_change = may_settle && !is_settled(table(), row);
    if (may_change) ++into_->unsettled_rows;
    add_row_difference(row, may_change, may_change ? report_.unsettled : report_.differences);
  }
  to_look_at_.clear();
  look_bytes_ = 0;
  return {};
}

// What is not right about a row: a difference for each column. `may_change`: a run was writing it.
void KeyComparison::add_row_difference(const DifferingRow& row, bool may_change, DifferenceList& differences) const {
  Difference found{table().name, key_values(table(), row.key.key), "row", "", "", {}, ""};
  for (const CellAudit& cell : row.key.cells) found.partitions.push_back(cell.partition);
  if (may_change)
    found.meaning = row.is_in_a_flush
                        ? "a run has written these cells and not this row yet: one that works, or one that died, and "
                          "then the next run mends it"
                        : "a run changed it between any two looks";
  else if (row.stored.unreadable)
    found.meaning = kUnreadableRow;
  else if (!row.stored.sums)
    found.meaning = "a row is lost";
  else if (row.by_cells.is_known && is_right(table(), row.by_cells, row.stored))
    found.meaning = "a row is the sum of its cells, and these are not what the source gives";
  else
    found.meaning = row.by_cells.is_there ? "a row is not the sum of its cells" : "a row that has no cells";
  add_row_differences(table(), row.expected, row.stored, std::move(found), differences);
}

}  // namespace salestream::audit
