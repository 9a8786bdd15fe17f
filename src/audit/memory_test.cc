// SPDX-License-Identifier: Apache-2.0
// What memory and temporary files an audit takes, and that neither shows in what is found.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <random>
#include <string>

#include "audit/audit.h"
#include "audit/key_records.h"
#include "audit/test_audit.h"

namespace salestream::audit {
namespace {

using namespace fixture;

// Everything of a report.
std::string text_of(const Report& report) {
  std::string text;
  for (const PartitionReport& p : report.partitions)
    text += fmt::format("{}: {} {} {} {} {} {} {} {} {}\n", p.partition, p.begin, p.end, p.first_offset, p.next_offset,
                        p.stored_messages, p.is_compacted, p.counted.messages, p.counted.orders, p.counted.items);
  for (const TableReport& t : report.tables)
    text +=
        fmt::format("{}: {} {} {} {} {}\n", t.name, t.rows, t.cells, t.unproven_cells, t.differences, t.unsettled_rows);
  text += fmt::format("{} {} {} {} {}\n", report.rejects, report.unproven_rejects, report.reject_differences,
                      report.progress_differences, report.messages_read);
  for (const Difference& d : report.differences)
    text += fmt::format("{} {} {} {} {} {} {}\n", d.table, fmt::join(d.key, "|"), d.column, d.expected, d.stored,
                        fmt::join(d.partitions, ","), d.meaning);
  return text;
}

// Many keys, and a store in which much is wrong: it doesn't show in what is found how much of it was on disk.
TEST(AuditMemory, DecidesNothing) {
  constexpr int kPartitions = 3, kMessages = 4000, kProducts = 1500;
  std::mt19937 random(11);
  MemoryReader reader;
  MovingStore store;
  store.is_snapshot = true;
  Content& content = store.moments.emplace_back();
  for (core::PartitionId partition = 0; partition < kPartitions; ++partition) {
    for (int i = 0; i < kMessages; ++i) {
      if (random() % 40 == 0) {
        reader.messages[partition].emplace_back("{");
        if (random() % 9 == 0) continue;
        core::Reject& reject = content.rejects.emplace_back();
        reject.partition = partition;
        reject.offset = i;
        reject.reason = random() % 20 == 0 ? core::RejectReason::kTooDeep : core::RejectReason::kInvalidJson;
        reject.message = random() % 20 == 0 ? "}" : "{";
        continue;
      }
      const int product = static_cast<int>(random() % kProducts), quantity = static_cast<int>(random() % 9);
      reader.messages[partition].push_back(order_of("Product " + std::to_string(product), quantity));
      const std::string key = "Product " + std::to_string(product);
      core::Cell& cell = content.cells[{key, partition}];
      cell.measures = core::add(cell.measures, units(quantity, 1)).value();
      cell.applied_through = i;
      content.rows[key] = core::add(content.rows[key], units(quantity, 0)).value();
    }
    // Some of it is ahead of progress.
    content.progress.push_back(progress_of(reader, partition, kMessages - 100 * partition));
  }
  for (auto cell = content.cells.begin(); cell != content.cells.end();) {
    switch (random() % 20) {
      case 0: cell = content.cells.erase(cell); continue;
      case 1: cell->second.measures = units(7, 7); break;
      case 2: cell->second.applied_through = static_cast<core::Offset>(random() % kMessages); break;
      default: break;
    }
    ++cell;
  }
  for (auto row = content.rows.begin(); row != content.rows.end();)
    row = random() % 20 == 0 ? content.rows.erase(row) : std::next(row);
  content.rows["Nobody sells this"] = units(1, 0);
  const auto found_with = [&](std::size_t memory_bytes, int workers) {
    Options options;
    options.workers = workers;
    options.memory_bytes = memory_bytes;
    const auto report = audit(definition(), reader, store, options);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return text_of(*report);
  };
  const std::string in_memory = found_with(kMemoryBytes, 1);
  for (const std::size_t memory_bytes : {256U << 10, 64U << 10, 8U << 10})
    EXPECT_EQ(found_with(memory_bytes, 2), in_memory) << memory_bytes;
  EXPECT_GT(std::count(in_memory.begin(), in_memory.end(), '\n'), 500);

  // Where there is no room for it, the audit says so.
  ASSERT_EQ(::setenv("TMPDIR", "/nowhere", 1), 0);
  Options options;
  const auto enough = audit(definition(), reader, store, options);
  options.memory_bytes = 64 << 10;
  const auto too_little = audit(definition(), reader, store, options);
  ::unsetenv("TMPDIR");
  EXPECT_TRUE(enough.ok());
  ASSERT_FALSE(too_little.ok());
  EXPECT_NE(too_little.error().message.find("a temporary file in /nowhere can't be made"), std::string::npos);
}

// Keys that come in turn, so that memory never has the sum of one for long.
TEST(AuditMemory, WhatIsOnDiskGrowsWithCellsAndNotWithWhatIsCounted) {
  constexpr int kKeys = 2000, kTimes = 100;
  KeyRecords records(64 << 10);
  const auto key_of = [](int i) { return "Product " + std::to_string(i); };
  for (int i = 0; i < kKeys; ++i) {
    ASSERT_TRUE(records.add_row(kTable, {{key_of(i), units(kTimes, kTimes), 0}, {}}).ok());
    const core::Cell cell{units(kTimes, kTimes), kKeys * kTimes};
    ASSERT_TRUE(records.add_cell(kTable, {key_of(i), 0, cell}).ok());
  }
  std::int64_t most = 0;
  for (core::Offset offset = 0; offset < kKeys * kTimes; ++offset) {
    const CountedPart part{offset, offset, sums_of(units(1, 1)), true};
    ASSERT_TRUE(records.add_counted(kTable, 0, key_of(static_cast<int>(offset % kKeys)), part).ok());
    most = std::max(most, records.records_on_disk());
  }
  // Of each key a row, a cell and a sum, twice, and what memory held last.
  EXPECT_LE(most, 7 * kKeys);
  ASSERT_TRUE(records.begin_reading().ok());
  KeyAudit key;
  int keys = 0;
  for (;; ++keys) {
    const auto more = records.next(key);
    ASSERT_TRUE(more.ok());
    if (!*more) break;
    ASSERT_EQ(key.cells.size(), 1U);
    EXPECT_EQ(key.cells[0].counted, key.cells[0].stored);
    EXPECT_EQ(key.cells[0].last_counted % kKeys, std::stoi(key.key.substr(8)));
    EXPECT_FALSE(key.cells[0].is_to_be_recounted);
  }
  EXPECT_EQ(keys, kKeys);
}

// Of what is not said to be in the store, the cell decides message by message how far it goes.
TEST(AuditMemory, WhatIsNotKnownToBeStoredIsNotFolded) {
  KeyRecords records(4 << 10);
  ASSERT_TRUE(records.add_cell(kTable, {"Mouse", 0, {units(2, 2), 1}}).ok());
  for (core::Offset offset = 0; offset < 500; ++offset)
    ASSERT_TRUE(records.add_counted(kTable, 0, "Mouse", {offset, offset, sums_of(units(1, 1)), false}).ok());
  EXPECT_GT(records.records_on_disk(), 0);
  ASSERT_TRUE(records.begin_reading().ok());
  KeyAudit key;
  ASSERT_TRUE(*records.next(key));
  EXPECT_EQ(key.cells.at(0).counted, key.cells.at(0).stored);
  EXPECT_FALSE(key.cells.at(0).is_to_be_recounted);
}

// A few keys, which memory has room for, if it is not divided by more workers than have something to read.
TEST(AuditMemory, OfSumsIsDividedByThosePartitionsThatAreRead) {
  constexpr int kMessages = 3000, kProducts = 50;
  MemoryReader reader;
  MovingStore store;
  Content& content = store.moments.emplace_back();
  for (core::PartitionId partition : {0, 1}) {
    for (int i = 0; i < kMessages; ++i)
      reader.messages[partition].push_back(order_of("Product " + std::to_string(i % kProducts), 1));
    content.progress.push_back(progress_of(reader, partition, kMessages));
  }
  Options options;
  options.workers = 256;
  options.memory_bytes = 256 << 10;
  ASSERT_EQ(::setenv("TMPDIR", "/nowhere", 1), 0);
  const auto report = audit(definition(), reader, store, options);
  ::unsetenv("TMPDIR");
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->counted().orders, 2 * kMessages);
}

}  // namespace
}  // namespace salestream::audit
