// SPDX-License-Identifier: Apache-2.0
#include "audit/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <thread>

namespace salestream::audit {
namespace {

// A run's flush writes cells, then rows, then progress. So a row is settled when progress has passed all of its cells,
// and is wrong if it stays so, unchanged, for some looks; before that a flush is under way, which may be slow.
constexpr int kSameLooks = 5;

constexpr const char* kNoCell = "no such cell";
constexpr const char* kNoRow = "no such row";

std::string offset_text(core::Offset offset) { return offset == core::kNothingYet ? "none" : std::to_string(offset); }

std::string sums_text(const Sums& sums) {
  return fmt::format("revenue {}, units {}, orders {}", revenue_text(sums.revenue), units_text(sums.units),
                     sums.orders);
}

std::string row_text(const core::TotalsTable& table, const Sums& sums) {
  std::string text;
  const auto add = [&](core::Measure measure, const std::string& value) {
    if (has_measure(table, measure))
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", core::name_of(measure), value);
  };
  add(core::Measure::kRevenue, revenue_text(sums.revenue));
  add(core::Measure::kUnits, units_text(sums.units));
  add(core::Measure::kOrders, std::to_string(sums.orders));
  return text;
}

std::vector<std::string> key_values(const core::TotalsTable& table, std::string_view key) {
  return core::split_key(key, table.by.size());
}

// The number of differences in the report grows by what `compare` finds; that much is added to `count`.
template <typename Compare>
void counted(std::int64_t& count, Report& report, const Compare& compare) {
  const std::size_t before = report.differences.size();
  compare();
  count += static_cast<std::int64_t>(report.differences.size() - before);
}

bool has_counted(const CellAudit& cell) { return cell.last_counted != core::kNothingYet; }

// Whether there must be such a cell.
bool is_due(const PartitionAudit& partition, const CellAudit& cell) {
  if (!cell.is_stored) return has_counted(cell) && !partition.may_count_too_much();
  return has_counted(cell) || !partition.is_complete();
}

// What it must be. Where messages of it may be gone there is nothing better than what is stored.
const Sums& must_be(const PartitionAudit& partition, const CellAudit& cell) {
  return partition.is_complete() || !cell.is_stored ? cell.counted : cell.stored;
}

bool is_at_least(const Sums& stored, const Sums& seen) {
  return stored.revenue >= seen.revenue && stored.units >= seen.units && stored.orders >= seen.orders;
}

// The same measures, of those that the table has.
Sums shown(const core::TotalsTable& table, Sums sums) {
  if (!has_measure(table, core::Measure::kRevenue)) sums.revenue = 0;
  if (!has_measure(table, core::Measure::kUnits)) sums.units = 0;
  if (!has_measure(table, core::Measure::kOrders)) sums.orders = 0;
  return sums;
}

// A key's row as it must be; `is_there`: there must be one.
struct ExpectedRow {
  Sums sums;
  bool is_there = false;
  bool fits = true;

  void add(const Sums& more) {
    is_there = true;
    fits = fits && add_to(sums, more);
  }
};

// A totals row that is not as it must be, so far.
struct DifferingRow {
  std::string_view key;
  ExpectedRow expected;
  std::optional<Sums> stored;
  bool is_in_a_flush = false;  // progress did not have all of its cells
  int same_looks = 0;          // of one that is in no flush
};

using NextOffsets = std::map<core::PartitionId, core::Offset>;

bool is_ahead(const std::vector<store::StoredCell>& cells, const NextOffsets& progress) {
  return std::any_of(cells.begin(), cells.end(), [&](const store::StoredCell& each) {
    const auto found = progress.find(each.partition);
    return found == progress.end() || each.cell.applied_through >= found->second;
  });
}

bool is_right(const core::TotalsTable& table, const DifferingRow& row) {
  if (!row.expected.is_there) return !row.stored;
  return row.stored && row.expected.fits && shown(table, row.expected.sums) == *row.stored;
}

bool is_settled(const core::TotalsTable& table, const DifferingRow& row) {
  return is_right(table, row) || row.same_looks >= kSameLooks;
}

// What the row must be by its cells as they are now: those that were audited as the source has them, newer ones as they
// are.
void expect_anew(store::TableIndex index, const std::vector<PartitionAudit*>& partitions,
                 const store::Inspection::KeyContent& content, DifferingRow& row) {
  row.expected = {};
  for (const PartitionAudit* partition : partitions) {
    const auto found = partition->cells(index).find(row.key);
    const bool is_known = found != partition->cells(index).end();
    const auto cell = std::find_if(content.cells.begin(), content.cells.end(),
                                   [&](const store::StoredCell& each) { return each.partition == partition->id(); });
    if (cell != content.cells.end() && (!is_known || cell->cell.applied_through > found->second.applied_through))
      row.expected.add(sums_of(cell->cell.measures));
    else if (is_known && is_due(*partition, found->second))
      row.expected.add(must_be(*partition, found->second));
  }
}

// One more look at a row. `progress` was read before.
base::Status look(const core::TotalsTable& table, store::TableIndex index,
                  const std::vector<PartitionAudit*>& partitions, const LookAgain& look_again,
                  const NextOffsets& progress, DifferingRow& row) {
  SALESTREAM_ASSIGN(const auto content, look_again.read(row.key));
  const DifferingRow before = row;
  expect_anew(index, partitions, content, row);
  row.stored = content.totals ? std::optional(shown(table, sums_of(*content.totals))) : std::nullopt;
  row.is_in_a_flush = is_ahead(content.cells, progress);
  if (row.is_in_a_flush) {
    row.same_looks = 0;
    return {};
  }
  const bool is_same = before.stored == row.stored && before.expected.sums == row.expected.sums;
  row.same_looks = is_same ? row.same_looks + 1 : 0;
  return {};
}

base::Status look_until_settled(const core::TotalsTable& table, store::TableIndex index,
                                const std::vector<PartitionAudit*>& partitions, const LookAgain& look_again,
                                std::vector<DifferingRow>& differing) {
  const auto give_up = std::chrono::steady_clock::now() + look_again.timeout;
  for (bool is_first = true;; is_first = false) {
    SALESTREAM_ASSIGN(const auto progress, look_again.read_progress());
    NextOffsets next_offsets;
    for (const core::PartitionProgress& each : progress) next_offsets[each.partition] = each.next_offset;
    bool all_settled = true;
    for (DifferingRow& row : differing) {
      if (!is_first && is_settled(table, row)) continue;
      SALESTREAM_TRY(look(table, index, partitions, look_again, next_offsets, row));
      all_settled = all_settled && is_settled(table, row);
    }
    if (all_settled || std::chrono::steady_clock::now() >= give_up) return {};
    std::this_thread::sleep_for(look_again.pause);
  }
}

// What is not right about a row: a difference for each column. `may_change`: a run was writing it.
void add_row_difference(const core::TotalsTable& table, store::TableIndex index,
                        const std::vector<PartitionAudit*>& partitions, const DifferingRow& row, bool may_change,
                        Report& report) {
  Difference found{table.name, key_values(table, row.key), "row", "", "", {}, "a row is not the sum of its cells"};
  for (const PartitionAudit* partition : partitions)
    if (partition->cells(index).contains(row.key)) found.partitions.push_back(partition->id());
  const bool is_comparable = row.expected.is_there && row.stored && row.expected.fits;
  if (may_change)
    found.meaning = row.is_in_a_flush
                        ? "a run has written these cells and not this row yet: one that works, or one that died, and "
                          "then the next run mends it"
                        : "a run changed it between any two looks";
  else if (!is_comparable)
    found.meaning = row.stored ? "a row that has no cells" : "a row is lost";
  if (is_comparable) {
    add_measure_differences(table, row.expected.sums, *row.stored, found, report);
    return;
  }
  found.expected = !row.expected.is_there ? kNoRow
                   : row.expected.fits    ? row_text(table, row.expected.sums)
                                          : "more than 128 bits hold";
  found.stored = row.stored ? row_text(table, *row.stored) : kNoRow;
  report.differences.push_back(std::move(found));
}

}  // namespace

bool has_measure(const core::TotalsTable& table, core::Measure measure) {
  return std::any_of(table.columns.begin(), table.columns.end(), [&](const core::Column& column) {
    const auto* shows = std::get_if<core::Measure>(&column.shows);
    return shows != nullptr && *shows == measure;
  });
}

std::string revenue_text(Billionths revenue) { return core::to_string(core::Decimal::from_scaled(revenue), 2); }
std::string units_text(Billionths units) { return core::to_string(core::Decimal::from_scaled(units), 0); }

int add_measure_differences(const core::TotalsTable& table, const Sums& expected, const Sums& stored,
                            const Difference& difference, Report& report) {
  int count = 0;
  for (const core::Column& column : table.columns) {
    const auto* measure = std::get_if<core::Measure>(&column.shows);
    if (measure == nullptr) continue;
    Difference found = difference;
    found.column = column.name;
    switch (*measure) {
      case core::Measure::kRevenue:
        found.expected = revenue_text(expected.revenue);
        found.stored = revenue_text(stored.revenue);
        break;
      case core::Measure::kUnits:
        found.expected = units_text(expected.units);
        found.stored = units_text(stored.units);
        break;
      case core::Measure::kOrders:
        found.expected = std::to_string(expected.orders);
        found.stored = std::to_string(stored.orders);
        break;
    }
    if (found.expected == found.stored) continue;
    report.differences.push_back(std::move(found));
    ++count;
  }
  return count;
}

void compare_progress(const PartitionAudit& partition, Report& report) {
  PartitionReport& into = report.partitions.emplace_back();
  into.partition = partition.id();
  into.begin = into.first_offset = partition.begin();
  into.end = into.next_offset = partition.next_offset();
  into.counted = partition.counted();
  report.messages_read += partition.messages_read();
  if (!partition.progress()) return;
  const core::PartitionProgress& stored = *partition.progress();
  into.first_offset = stored.first_offset;
  into.stored_messages = stored.counters.messages;
  into.is_compacted = partition.is_compacted();
  if (partition.is_complete() && partition.first_and_last().first_offset != core::kNothingYet)
    into.begin = partition.first_and_last().first_offset;
  into.end = std::min(stored.next_offset, std::max(partition.reached(), into.begin));

  counted(report.progress_differences, report, [&] {
    const auto differs = [&](const std::string& column, const std::string& expected, const std::string& found,
                             const std::string& meaning) {
      if (expected != found)
        report.differences.push_back({"progress", {}, column, expected, found, {partition.id()}, meaning});
    };
    const core::Counters& have = stored.counters;
    const core::Counters& want = partition.counted();
    if (stored.next_offset > partition.source_end() && partition.reached() < stored.next_offset)
      differs("next_offset", fmt::format("at most {}", partition.source_end()), std::to_string(stored.next_offset),
              "the source ends before what is said to be in the store");

    const auto count_differs = [&](const std::string& column, std::int64_t expected, std::int64_t found) {
      if (partition.is_complete())
        differs(column, std::to_string(expected), std::to_string(found), "a counter is not what the source gives");
      else if (found < expected)
        differs(column, fmt::format("at least {}", expected), std::to_string(found),
                "a counter is less than what is left of the source gives");
    };
    count_differs("messages", want.messages, have.messages);
    if (!partition.may_count_too_much()) {
      count_differs("orders", want.orders, have.orders);
      count_differs("items", want.items, have.items);
      count_differs("wrong_totals", want.wrong_totals, have.wrong_totals);
      count_differs("duplicates", want.duplicates, have.duplicates);
    }
    for (std::size_t i = 0; i < want.rejects.size(); ++i)
      count_differs(fmt::format("rejects {}", core::name_of(static_cast<core::RejectReason>(i))), want.rejects[i],
                    have.rejects[i]);

    if (want.messages == 0) return;
    const char* const kOther = "the place of a message is not what the source has";
    if (partition.is_complete()) {
      differs("first_offset", offset_text(partition.first_and_last().first_offset), offset_text(stored.first_offset),
              kOther);
      differs("first_checksum", fmt::format("{:016x}", partition.first_and_last().first_checksum),
              fmt::format("{:016x}", stored.first_checksum), "the first message is another one");
    }
    if (partition.is_compacted() && partition.first_and_last().last_offset < stored.last_offset) return;
    differs("last_offset", offset_text(partition.first_and_last().last_offset), offset_text(stored.last_offset),
            kOther);
    if (partition.first_and_last().last_offset != stored.last_offset) return;
    differs("last_checksum", fmt::format("{:016x}", partition.first_and_last().last_checksum),
            fmt::format("{:016x}", stored.last_checksum), "the last message is another one");
    differs("last_timestamp_ms", std::to_string(partition.first_and_last().last_timestamp_ms),
            std::to_string(stored.last_timestamp_ms), "the last message has another time");
  });
}

void compare_rejects(const PartitionAudit& partition, Report& report) {
  using Kind = RejectFault::Kind;
  report.rejects += static_cast<std::int64_t>(partition.rejects().size());
  for (const auto& [offset, record] : partition.rejects())
    if (offset < partition.begin() || record.is_gone) ++report.unproven_rejects;
  counted(report.reject_differences, report, [&] {
    for (const RejectFault& fault : partition.reject_faults()) {
      Difference found{"rejects", {std::to_string(fault.offset)}, "row", "", "", {partition.id()}, ""};
      found.expected = fault.expected ? core::name_of(*fault.expected) : "no reject";
      found.stored = fault.stored ? core::name_of(*fault.stored) : "no reject";
      switch (fault.kind) {
        case Kind::kMissing: found.meaning = "a rejected message is lost"; break;
        case Kind::kInvented: found.meaning = "a rejected message that the source does not give"; break;
        case Kind::kOtherReason:
          found.column = "reason";
          found.meaning = "a rejected message has another reason";
          break;
        case Kind::kOtherBytes:
        case Kind::kOtherKey:
          found.column = fault.kind == Kind::kOtherKey ? "key" : "message";
          found.expected = "the bytes of the source";
          found.stored = "other bytes";
          found.meaning = "a rejected message was changed";
          break;
      }
      report.differences.push_back(std::move(found));
    }
  });
}

// One cell against what the source gives for it; every difference becomes a line of the report.
void compare_cell(const core::Definition& definition, const core::TotalsTable& table, const PartitionAudit& partition,
                  const std::string& key, const CellAudit& cell, TableReport& into, Report& report) {
  const auto found = [&](std::string_view column, std::string expected, std::string stored, std::string_view meaning) {
    report.differences.push_back({table.name + "_cells",
                                  key_values(table, key),
                                  std::string(column),
                                  std::move(expected),
                                  std::move(stored),
                                  {partition.id()},
                                  std::string(meaning)});
  };
  if (partition.may_count_too_much() && (!cell.is_stored || cell.counted != cell.stored)) {
    if (cell.is_stored) ++into.unproven_cells;
    return;
  }
  if (!cell.is_stored) return found("row", sums_text(cell.counted), kNoCell, "a cell is lost");
  // Only messages that are gone can be in it otherwise.
  const bool may_lack = !partition.is_complete();
  const bool may_lack_last = partition.is_compacted() || cell.applied_through < partition.begin();
  if (!has_counted(cell) && !(may_lack && may_lack_last))
    return found("row", kNoCell, sums_text(cell.stored), "a cell that the source does not give");
  if (has_counted(cell) && cell.last_counted != cell.applied_through && !partition.is_compacted())
    found("through", offset_text(cell.last_counted), offset_text(cell.applied_through),
          "the last message of a cell is not at this offset");
  if (cell.last_due > cell.applied_through)
    found("through", fmt::format("at least {}", cell.last_due), offset_text(cell.applied_through),
          "a cell lacks messages that are said to be in the store");
  if (may_lack && cell.counted != cell.stored) {
    ++into.unproven_cells;
    // With returns, what is gone may have taken away.
    if (!definition.allow_returns && !is_at_least(cell.stored, cell.counted))
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

void compare_cells(const core::Definition& definition, store::TableIndex index,
                   const std::vector<PartitionAudit*>& partitions, TableReport& into, Report& report) {
  counted(into.differences, report, [&] {
    for (const PartitionAudit* partition : partitions) {
      for (const auto& [key, cell] : partition->cells(index)) {
        if (cell.is_stored) ++into.cells;
        compare_cell(definition, definition.totals.at(index), *partition, key, cell, into, report);
      }
    }
  });
}

base::Status compare_totals(const core::TotalsTable& table, store::TableIndex index,
                            const std::vector<PartitionAudit*>& partitions, const TotalsRows& rows,
                            const LookAgain& look_again, TableReport& into, Report& report) {
  into.rows = static_cast<std::int64_t>(rows.size());
  std::unordered_map<std::string_view, ExpectedRow> expected;
  for (const PartitionAudit* partition : partitions)
    for (const auto& [key, cell] : partition->cells(index))
      if (is_due(*partition, cell)) expected[key].add(must_be(*partition, cell));

  std::vector<DifferingRow> differing;
  for (const auto& [key, row] : expected) {
    DifferingRow each{key, row, std::nullopt};
    if (const auto stored = rows.find(key); stored != rows.end()) each.stored = stored->second;
    if (!is_right(table, each)) differing.push_back(each);
  }
  for (const auto& [key, stored] : rows)
    if (!expected.contains(key)) differing.push_back({key, {}, stored});
  if (look_again.read && !differing.empty())
    SALESTREAM_TRY(look_until_settled(table, index, partitions, look_again, differing));

  Report unsettled;
  counted(into.differences, report, [&] {
    for (const DifferingRow& row : differing) {
      if (is_right(table, row)) continue;
      const bool may_change = look_again.read && !is_settled(table, row);
      if (may_change) ++into.unsettled_rows;
      add_row_difference(table, index, partitions, row, may_change, may_change ? unsettled : report);
    }
  });
  std::move(unsettled.differences.begin(), unsettled.differences.end(), std::back_inserter(report.unsettled));
  return {};
}

}  // namespace salestream::audit
