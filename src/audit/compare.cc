// SPDX-License-Identifier: Apache-2.0
#include "audit/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace salestream::audit {
namespace {

// Whether the source has become shorter than what was counted of it.
bool is_shorter(const PartitionAudit& partition, const core::PartitionProgress& stored) {
  return stored.next_offset > partition.source_end() && partition.reached() < stored.next_offset;
}

// What progress has in the store against the messages that it is of.
void compare_stored(const PartitionAudit& partition, const core::PartitionProgress& stored, Report& report) {
  const auto differs = [&](const std::string& column, const std::string& expected, const std::string& found,
                           const std::string& meaning) {
    if (expected != found)
      report.differences.push_back({"progress", {}, column, expected, found, {partition.id()}, meaning});
  };
  const core::Counters& have = stored.counters;
  const core::Counters& want = partition.counted();
  if (is_shorter(partition, stored))
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
  differs("last_offset", offset_text(partition.first_and_last().last_offset), offset_text(stored.last_offset), kOther);
  if (partition.first_and_last().last_offset != stored.last_offset) return;
  differs("last_checksum", fmt::format("{:016x}", partition.first_and_last().last_checksum),
          fmt::format("{:016x}", stored.last_checksum), "the last message is another one");
  differs("last_timestamp_ms", std::to_string(partition.first_and_last().last_timestamp_ms),
          std::to_string(stored.last_timestamp_ms), "the last message has another time");
}

}  // namespace

std::string offset_text(core::Offset offset) { return offset == core::kNothingYet ? "none" : std::to_string(offset); }

std::string sums_text(const Sums& sums) {
  return fmt::format("revenue {}, units {}, orders {}", revenue_text(sums.revenue), units_text(sums.units),
                     sums.orders);
}

bool has_measure(const core::TotalsTable& table, core::Measure measure) {
  return std::any_of(table.columns.begin(), table.columns.end(), [&](const core::Column& column) {
    const auto* shows = std::get_if<core::Measure>(&column.shows);
    return shows != nullptr && *shows == measure;
  });
}

Sums shown(const core::TotalsTable& table, Sums sums) {
  if (!has_measure(table, core::Measure::kRevenue)) sums.revenue = 0;
  if (!has_measure(table, core::Measure::kUnits)) sums.units = 0;
  if (!has_measure(table, core::Measure::kOrders)) sums.orders = 0;
  return sums;
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

std::string revenue_text(Billionths revenue) { return core::to_string(core::Decimal::from_scaled(revenue), 2); }
std::string units_text(Billionths units) { return core::to_string(core::Decimal::from_scaled(units), 0); }

void add_measure_differences(const core::TotalsTable& table, const Sums& expected, const Sums& stored,
                             const Difference& difference, DifferenceList& differences) {
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
    differences.push_back(std::move(found));
  }
}

StoredRow stored_row_of(const store::Inspection::KeyContent& content) {
  return {content.totals ? std::optional(sums_of(*content.totals)) : std::nullopt, content.unreadable_totals};
}

ExpectedRow sum_of(const std::vector<store::StoredCell>& cells) {
  ExpectedRow sum;
  for (const store::StoredCell& cell : cells) sum.add(cell);
  return sum;
}

std::string stored_text(const core::TotalsTable& table, const StoredRow& row) {
  if (row.unreadable) return fmt::format("{} {}", row.unreadable->column, row.unreadable->found);
  return row.sums ? row_text(table, *row.sums) : kNoRow;
}

bool is_right(const core::TotalsTable& table, const ExpectedRow& expected, const StoredRow& stored) {
  if (stored.unreadable) return false;
  if (!expected.is_there) return !stored.sums;
  if (!expected.is_known) return stored.sums.has_value();
  return stored.sums && expected.fits && shown(table, expected.sums) == shown(table, *stored.sums);
}

void add_row_differences(const core::TotalsTable& table, const ExpectedRow& expected, const StoredRow& stored,
                         Difference difference, DifferenceList& differences) {
  if (expected.is_there && expected.fits && stored.sums && !stored.unreadable)
    return add_measure_differences(table, expected.sums, *stored.sums, difference, differences);
  difference.column = stored.unreadable ? stored.unreadable->column : "row";
  difference.expected = !expected.is_there   ? kNoRow
                        : !expected.is_known ? "the sum of its cells"
                        : expected.fits      ? row_text(table, expected.sums)
                                             : "more than 128 bits hold";
  difference.stored = stored.unreadable ? stored.unreadable->found : stored_text(table, stored);
  differences.push_back(std::move(difference));
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
  if (is_shorter(partition, stored)) into.short_end = partition.source_end();
  if (partition.is_complete() && partition.first_and_last().first_offset != core::kNothingYet)
    into.begin = partition.first_and_last().first_offset;
  into.end = std::min(stored.next_offset, std::max(partition.reached(), into.begin));

  const std::int64_t before = report.differences.count();
  compare_stored(partition, stored, report);
  report.progress_differences += report.differences.count() - before;
}

void compare_rejects(const PartitionAudit& partition, Report& report) {
  using Kind = RejectFault::Kind;
  const RejectFaults& faults = partition.reject_faults();
  report.rejects += partition.rejects();
  report.unproven_rejects += partition.unproven_rejects();
  report.reject_differences += faults.count;
  report.differences.count_more(faults.count - static_cast<std::int64_t>(faults.first.size()));
  for (const RejectFault& fault : faults.first) {
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
}

}  // namespace salestream::audit
