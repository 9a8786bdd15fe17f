// SPDX-License-Identifier: Apache-2.0
// What is compared with what, and which differences are found.
#include <gtest/gtest.h>

#include "audit/audit.h"
#include "audit/test_audit.h"

namespace salestream::audit {
namespace {

using namespace fixture;

class Audit : public AuditTest {};

INSTANTIATE_TEST_SUITE_P(Memory, Audit, kMemories, memory_name);

TEST_P(Audit, IsEqualWhereNothingIsWrong) {
  const Report found = report();
  EXPECT_TRUE(found.is_equal());
  EXPECT_TRUE(found.is_whole());
  EXPECT_EQ(found.counted().orders, 4);
  EXPECT_EQ(found.tables.at(kTable).cells, 2);
  EXPECT_EQ(store_.looks, 0);
}

TEST_P(Audit, ProvesACellThatIsAheadOfProgress) {
  store_.moments[0].cells[{"Mouse", 0}] = {units(7, 3), 2};
  store_.moments[0].rows["Mouse"] = units(37, 0);
  EXPECT_TRUE(report().is_equal());
  store_.moments[0].cells[{"Mouse", 0}] = {units(8, 3), 2};
  const Report found = report();
  ASSERT_EQ(found.differences.size(), 1U);
  EXPECT_EQ(found.differences[0].table, "units_cells");
  EXPECT_EQ(found.differences[0].expected, "7");
  EXPECT_EQ(found.differences[0].stored, "8");
}

TEST_P(Audit, FailsWhenTheSourceCannotBeRead) {
  reader_.fails_at = 1;
  const auto report = audit(definition_, reader_, store_, options());
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().message, "the source is gone");
}

TEST_P(Audit, TakesAnyStoredNumber) {
  // Each order may add 10^18; of a stored cell there may be any number.
  constexpr auto kMost = static_cast<__int128>(~static_cast<unsigned __int128>(0) >> 1);
  store_.moments[0].cells[{"Mouse", 0}].measures.units = core::Decimal::from_scaled(kMost);
  const Report found = report();  // the source's own sum is small: a difference, and no overflow
  EXPECT_EQ(found.differences.size(), 1U);
}

TEST_P(Audit, ATopicThatDoesNotExistIsNotEqualToNothing) {
  store_.moments[0] = {};
  EXPECT_TRUE(report().is_equal());
  reader_.is_there = false;
  const auto found = audit(definition_, reader_, store_, options());
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().message, "the topic does not exist");
}

TEST_P(Audit, SaysWhichPartitionTheSourceDoesNotHave) {
  store_.moments[0].progress.push_back(progress_of(reader_, 0, 2));
  store_.moments[0].progress.back().partition = 5;
  const Report found = report();
  ASSERT_FALSE(found.is_equal());
  for (const Difference& difference : found.differences) {
    EXPECT_EQ(difference.table, "progress");
    EXPECT_EQ(difference.partitions, std::vector<core::PartitionId>{5});
  }
}

TEST_P(Audit, ACellThatLacksMessagesIsCountedUpToItsOwnLast) {
  store_.moments[0].cells[{"Mouse", 0}] = {units(1, 1), 0};
  store_.moments[0].rows["Mouse"] = units(31, 0);
  const Report found = report();
  ASSERT_EQ(found.differences.size(), 1U) << "the cell is right as far as it goes, and so is the row";
  EXPECT_EQ(found.differences[0].column, "through");
  EXPECT_EQ(found.differences[0].expected, "at least 1");
  store_.moments[0].cells[{"Mouse", 0}] = {units(2, 1), 0};
  const Report wrong = report();
  ASSERT_EQ(wrong.differences.size(), 2U);
  EXPECT_EQ(wrong.differences[1].expected, "1");
  EXPECT_EQ(wrong.differences[1].stored, "2");
}

TEST_P(Audit, ReadsTheSourceOnceUnlessACellLacksMessages) {
  EXPECT_TRUE(report().is_equal());
  EXPECT_EQ(reader_.times_read, 2) << "each partition once";
}

TEST_P(Audit, ARowThatCannotBeReadIsADifference) {
  for (const bool is_snapshot : {true, false}) {
    store_.is_snapshot = is_snapshot;
    store_.moments[0].rows["Mouse"] = units(0, 0);
    store_.moments[0].unreadable_rows["Mouse"] = {"units", "\"33,0\""};
    const Report found = report();
    ASSERT_EQ(found.differences.size(), 1U);
    const Difference& row = found.differences[0];
    EXPECT_EQ(row.table + " " + row.key.at(0) + " " + row.column + ": " + row.expected + ", " + row.stored,
              "units Mouse units: units 33, \"33,0\"");
    EXPECT_EQ(row.meaning, "a row that can't be read");
    EXPECT_EQ(found.tables.at(kTable).rows, 1);
  }
}

TEST_P(Audit, ACellThatCannotBeReadIsADifferenceAndItsRowIsProvenAllTheSame) {
  store_.is_snapshot = true;
  store_.moments[0].cells[{"Mouse", 0}] = {units(0, 0), 1};
  store_.moments[0].unreadable_cells[{"Mouse", 0}] = {"units", "\"3,0\""};
  Report found = report();
  ASSERT_EQ(found.differences.size(), 1U);
  const Difference cell = found.differences[0];
  EXPECT_EQ(cell.table + " " + cell.key.at(0) + " " + cell.column + ": " + cell.stored,
            "units_cells Mouse units: \"3,0\"");
  EXPECT_EQ(cell.expected, "revenue 0.00, units 3, orders 2");
  EXPECT_EQ(cell.meaning, "a cell that can't be read");
  store_.moments[0].rows["Mouse"] = units(34, 0);
  found = report();
  EXPECT_EQ(found.differences.size(), 2U) << "the row is not the sum of what the source gives";
  // Of what is gone the cell alone would know.
  store_.moments[0].rows["Mouse"] = units(33, 0);
  reader_.expired_before[0] = 1;
  found = report();
  ASSERT_EQ(found.differences.size(), 1U);
  EXPECT_EQ(found.differences[0].expected, "what it was");
  store_.moments[0].unreadable_rows["Mouse"] = {"units", "\"33,0\""};
  found = report();
  ASSERT_EQ(found.differences.size(), 2U);
  EXPECT_EQ(found.differences[0].expected, "the sum of its cells");
}

TEST_P(Audit, ACellThatCannotBeReadAndThatTheSourceDoesNotGiveIsExpectedNotToBe) {
  store_.is_snapshot = true;
  store_.moments[0].cells[{"Chair", 0}] = {units(0, 0), 1};
  store_.moments[0].unreadable_cells[{"Chair", 0}] = {"units", "\"3,0\""};
  const Report found = report();
  ASSERT_FALSE(found.differences.empty());
  EXPECT_EQ(found.differences[0].key.at(0) + ": " + found.differences[0].expected, "Chair: no such cell");
}

TEST_P(Audit, ACellWhoseLastMessageCannotBeReadIsWhatIsSaidToBeInTheStore) {
  for (const bool is_snapshot : {true, false}) {
    store_.is_snapshot = is_snapshot;
    store_.moments[0].cells[{"Mouse", 0}] = {units(3, 2), core::kNothingYet};
    store_.moments[0].unreadable_cells[{"Mouse", 0}] = {"through", "null"};
    store_.moments[0].rows["Mouse"] = units(33, 0);
    // A message behind progress is read, too, for the sake of another cell.
    store_.moments[0].cells[{"Lamp", 0}] = {units(0, 0), 2};
    Report found = report();
    ASSERT_EQ(found.differences.size(), 2U) << "the row is right";
    EXPECT_EQ(found.differences[0].key.at(0) == "Lamp" ? found.differences[1].expected : found.differences[0].expected,
              "revenue 0.00, units 3, orders 2");
    store_.moments[0].rows["Mouse"] = units(30, 0);
    found = report();
    EXPECT_EQ(found.differences.size(), 3U) << "the row lacks what the source gives for that cell";
  }
}

TEST_P(Audit, ARowThatIsTheSumOfWrongCellsSaysSo) {
  for (const bool is_snapshot : {true, false}) {
    store_.is_snapshot = is_snapshot;
    const auto meanings = [&](int cell, int row) {
      store_.moments[0].cells[{"Mouse", 0}] = {units(cell, 2), 1};
      store_.moments[0].rows["Mouse"] = units(row, 0);
      const Report found = report();
      EXPECT_EQ(found.tables.at(kTable).cell_differences, cell == 3 ? 0 : 1);
      std::string texts;
      for (const Difference& each : found.differences)
        if (each.table == "units") texts += each.meaning;
      return texts;
    };
    EXPECT_EQ(meanings(8, 38), "a row is the sum of its cells, and these are not what the source gives");
    EXPECT_EQ(meanings(8, 40), "a row is not the sum of its cells");
    EXPECT_EQ(meanings(3, 40), "a row is not the sum of its cells");
    EXPECT_EQ(meanings(8, 33), "") << "the row is right, as the source has it";
  }
}

TEST_P(Audit, SaysWhereTheSourceEndsBeforeWhatWasCounted) {
  EXPECT_EQ(report().partitions.at(0).short_end, std::nullopt);
  reader_.messages[0].resize(1);
  const Report found = report();
  EXPECT_EQ(found.partitions.at(0).short_end, 1);
  EXPECT_EQ(found.partitions.at(1).short_end, std::nullopt);
}

TEST_P(Audit, KeepsAsManyDifferencesAsAreListed) {
  for (int i = 0; i < 50; ++i) store_.moments[0].rows["Nobody sells " + std::to_string(i)] = units(1, 0);
  store_.is_snapshot = true;
  Options few = options();
  few.most_listed = 3;
  const auto some = audit(definition_, reader_, store_, few);
  ASSERT_TRUE(some.ok());
  EXPECT_EQ(some->differences.count(), 50);
  EXPECT_EQ(some->tables.at(kTable).differences, 50);
  const Report all = report();
  ASSERT_EQ(all.differences.size(), 50U);
  ASSERT_EQ(some->differences.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(some->differences[i].key, all.differences[i].key);
}

}  // namespace
}  // namespace salestream::audit
