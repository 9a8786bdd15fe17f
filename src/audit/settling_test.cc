// SPDX-License-Identifier: Apache-2.0
// Totals rows that a run is writing while they are looked at.
#include <gtest/gtest.h>

#include "audit/audit.h"
#include "audit/test_audit.h"

namespace salestream::audit {
namespace {

using namespace fixture;

class AuditSettling : public AuditTest {};

INSTANTIATE_TEST_SUITE_P(Memory, AuditSettling, kMemories, memory_name);

TEST_P(AuditSettling, LooksAgainAtARowThatIsNewerThanTheCells) {
  store_.moments[0].rows["Mouse"] = units(73, 0);
  Content& later = store_.moments.emplace_back(store_.moments[0]);
  later.cells[{"Mouse", 1}] = {units(70, 3), 2};
  EXPECT_TRUE(report().is_equal());
  EXPECT_GT(store_.looks, 0);
}

TEST_P(AuditSettling, ARowMayHaveAPartitionWhoseFirstMessageCameMeanwhile) {
  store_.moments[0].rows["Mouse"] = units(43, 0);
  Content& later = store_.moments.emplace_back(store_.moments[0]);
  later.cells[{"Mouse", 2}] = {units(10, 0), 0};
  core::PartitionProgress& added = later.progress.emplace_back();
  added.partition = 2;
  added.next_offset = 1;
  const Report found = report();
  EXPECT_TRUE(found.is_equal());
  EXPECT_TRUE(found.is_settled());
}

TEST_P(AuditSettling, WaitsForTheRowOfAFlushThatIsUnderWay) {
  store_.moments[0].cells[{"Mouse", 0}] = {units(7, 3), 2};  // the row is of before
  for (int i = 0; i < 3; ++i) store_.moments.push_back(store_.moments[0]);
  store_.moments.back().rows["Mouse"] = units(37, 0);
  EXPECT_TRUE(report().is_equal());
  EXPECT_EQ(store_.looks, 3);
}

TEST_P(AuditSettling, WaitsForAFlushThatTakesItsTime) {
  store_.moments[0].cells[{"Mouse", 0}] = {units(7, 3), 2};
  for (int i = 0; i < 40; ++i) store_.moments.push_back(store_.moments[0]);
  store_.moments.back().rows["Mouse"] = units(37, 0);
  EXPECT_TRUE(report().is_equal());
  EXPECT_EQ(store_.looks, 40);
}

TEST_P(AuditSettling, AFlushThatDoesNotEndIsUnsettledAndNotDifferent) {
  settle_timeout_ = std::chrono::milliseconds(20);
  store_.moments[0].cells[{"Mouse", 0}] = {units(7, 3), 2};
  const Report found = report();
  EXPECT_TRUE(found.is_equal());
  EXPECT_FALSE(found.is_settled());
  EXPECT_EQ(found.tables.at(kTable).unsettled_rows, 1);
  ASSERT_EQ(found.unsettled.size(), 1U);
  EXPECT_EQ(found.unsettled[0].expected, "37");
  EXPECT_EQ(found.unsettled[0].stored, "33");
  EXPECT_NE(found.unsettled[0].meaning.find("the next run mends it"), std::string::npos);
}

TEST_P(AuditSettling, ARowThatIsUnsettledHidesNoneThatIsWrong) {
  settle_timeout_ = std::chrono::seconds(2);
  store_.moments[0].cells[{"Mouse", 0}] = {units(7, 3), 2};
  store_.moments[0].rows["Tablet"] = units(1, 0);
  const Report found = report();
  EXPECT_EQ(found.unsettled.size(), 1U);
  ASSERT_EQ(found.differences.size(), 1U);
  EXPECT_EQ(found.differences[0].meaning, "a row that has no cells");
}

TEST_P(AuditSettling, NamesARowThatStaysWrong) {
  store_.moments[0].rows["Mouse"] = units(34, 0);
  const Report found = report();
  ASSERT_EQ(found.differences.size(), 1U);
  const Difference& difference = found.differences[0];
  EXPECT_EQ(difference.table, "units");
  EXPECT_EQ(difference.column, "units");
  EXPECT_EQ(difference.expected, "33");
  EXPECT_EQ(difference.stored, "34");
  EXPECT_EQ(difference.partitions, (std::vector<core::PartitionId>{0, 1}));
  EXPECT_LT(store_.looks, 20);
}

TEST_P(AuditSettling, ARowThatIsWrongInAnotherWayAtEachLookHasNotSettled) {
  settle_timeout_ = std::chrono::milliseconds(0);
  for (int i = 0; i < 100; ++i) {
    Content& later = store_.moments.emplace_back(store_.moments[0]);
    later.rows["Mouse"] = units(100 + i, 0);
  }
  store_.moments[0].rows["Mouse"] = units(34, 0);
  const Report found = report();
  EXPECT_TRUE(found.is_equal());
  EXPECT_EQ(found.unsettled.size(), 1U);
}

TEST_P(AuditSettling, LooksOnceAtASnapshot) {
  store_.is_snapshot = true;
  store_.moments[0].rows["Mouse"] = units(34, 0);
  Content& later = store_.moments.emplace_back(store_.moments[0]);
  later.rows["Mouse"] = units(33, 0);
  EXPECT_EQ(report().differences.size(), 1U);
  EXPECT_EQ(store_.looks, 0);
}

TEST_P(AuditSettling, AsksAStoreAgainThatWasUnavailable) {
  store_.times_unavailable = 2;
  const Report found = report();
  EXPECT_TRUE(found.is_equal());
  EXPECT_EQ(found.tables.at(kTable).cells, 2);
}

}  // namespace
}  // namespace salestream::audit
