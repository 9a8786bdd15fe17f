// SPDX-License-Identifier: Apache-2.0
// What is repaired of a report, what is left, and what the report says after that; over a store in memory. What real
// stores do, their contract and tests/e2e show.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "audit/audit.h"
#include "store/testing.h"

namespace salestream::audit {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

core::Measures of(std::int64_t units) { return {{}, core::Decimal::from_integer(units), 0}; }

core::Definition shop() {
  core::Definition d;
  d.pipeline = "shop";
  d.totals = {
      {"units", {core::Dimension::kProduct}, {{"name", core::Dimension::kProduct}, {"units", core::Measure::kUnits}}}};
  return d;
}

// Progress is 10 in partition 0. A repair makes rows the sums of their cells, unless it is in vain.
class SpoiltStore final : public store::testing::EmptyStore {
 public:
  std::map<std::string, core::Cell> cells;  // of partition 0
  std::map<std::string, core::Measures> rows;
  std::map<std::string, store::Unreadable> unreadable;
  std::vector<std::string> asked;
  bool repairs_all = false, is_snapshot = true, is_in_vain = false;
  std::optional<core::Measures> writes_instead;  // another program, as soon as a row was repaired
  std::string fails, fails_after;                // with this error, instead of a repair or of the looks after it

  bool repairs_all_totals() const override { return repairs_all; }
  base::Status repair_totals(std::span<const store::TotalsKeys> tables) override {
    if (!fails.empty()) return base::failure(fails);
    for (const store::TotalsKeys& table : tables)
      for (const std::string& key : table.keys) {
        asked.push_back(key);
        if (is_in_vain) continue;
        unreadable.erase(key);
        if (const auto cell = cells.find(key); cell != cells.end())
          rows[key] = cell->second.measures;
        else
          rows.erase(key);
        if (writes_instead) rows[key] = *writes_instead;
      }
    has_repaired = true;
    return {};
  }
  base::Result<std::unique_ptr<store::Inspection>> inspect() override {
    if (has_repaired && !fails_after.empty()) return base::failure(fails_after);
    return std::unique_ptr<store::Inspection>(std::make_unique<Look>(*this));
  }

  bool has_repaired = false;

 private:
  class Look final : public store::Inspection {
   public:
    explicit Look(const SpoiltStore& store) : store_(store) {}
    bool is_snapshot() const override { return store_.is_snapshot; }
    base::Result<std::vector<core::PartitionProgress>> read_progress() override {
      core::PartitionProgress progress;
      progress.next_offset = 10;
      return std::vector<core::PartitionProgress>{progress};
    }
    base::Status scan_rejects(const store::RejectFilter&,
                              const std::function<base::Status(std::span<const core::Reject>)>&) override {
      return base::failure("not looked at");
    }
    base::Status scan_cells(store::TableIndex,
                            const std::function<base::Status(std::span<const store::StoredCell>)>&) override {
      return base::failure("not looked at");
    }
    base::Status scan_totals(store::TableIndex,
                             const std::function<base::Status(std::span<const store::StoredTotals>)>&) override {
      return base::failure("not looked at");
    }
    base::Result<KeyContent> read_key(store::TableIndex, std::string_view key) override {
      KeyContent content;
      const std::string name(key);
      if (store_.cells.contains(name)) content.cells.push_back({name, 0, store_.cells.at(name)});
      if (store_.rows.contains(name)) content.totals = store_.rows.at(name);
      if (store_.unreadable.contains(name)) content.unreadable_totals = store_.unreadable.at(name);
      return content;
    }

   private:
    const SpoiltStore& store_;
  };
};

class Repair : public testing::Test {
 protected:
  Repair() {
    report_.tables.push_back({"units", 3, 3});
    store_.cells["Mouse"] = {of(3), 4};
    store_.cells["Pen"] = {of(5), 6};
    store_.rows["Mouse"] = of(3);
    store_.rows["Pen"] = of(5);
  }

  void differs(const std::string& table, const std::string& key) {
    report_.differences.push_back({table, {key}, "units", "?", "?", {0}, "?"});
    if (table == "units") ++report_.tables[0].differences;
  }

  base::Status repair_all() {
    Options options;
    options.look_pause = std::chrono::milliseconds(0);
    options.settle_timeout = std::chrono::milliseconds(50);
    return repair(definition_, store_, options, report_);
  }

  std::vector<std::string> repaired() {
    const auto done = repair_all();
    EXPECT_TRUE(done.ok()) << done.error().message;
    std::vector<std::string> texts;
    for (const RepairedRow& row : report_.repair->rows) {
      EXPECT_EQ(row.table, "units");
      texts.push_back(row.key.at(0) + ": " + row.was + ": " + row.is);
    }
    return texts;
  }

  const core::Definition definition_ = shop();
  SpoiltStore store_;
  Report report_;
};

TEST_F(Repair, DoesNothingWhereNoRowDiffers) {
  differs("rejects", "7");
  differs("units_cells", "Mouse");
  EXPECT_THAT(repaired(), IsEmpty());
  EXPECT_THAT(store_.asked, IsEmpty());
  EXPECT_EQ(report_.differences.size(), 2U);
}

TEST_F(Repair, SaysWhatRowsWereAndAre) {
  store_.rows["Mouse"] = of(99);
  store_.rows.erase("Pen");
  store_.rows["Ghost"] = of(1);
  for (const char* key : {"Ghost", "Mouse", "Pen"}) differs("units", key);
  differs("rejects", "7");
  EXPECT_THAT(repaired(),
              ElementsAre("Ghost: units 1: no such row", "Mouse: units 99: units 3", "Pen: no such row: units 5"));
  EXPECT_THAT(store_.asked, ElementsAre("Ghost", "Mouse", "Pen"));
  ASSERT_EQ(report_.differences.size(), 1U);
  EXPECT_EQ(report_.differences[0].table, "rejects");
  EXPECT_EQ(report_.tables[0].differences, 0);
  EXPECT_EQ(report_.tables[0].rows, 3);
}

TEST_F(Repair, WritesARowThatCannotBeReadAgain) {
  for (const bool is_snapshot : {true, false}) {
    store_.is_snapshot = is_snapshot;
    store_.rows["Mouse"] = of(0);
    store_.unreadable["Mouse"] = {"units", "\"3,0\""};
    differs("units", "Mouse");
    EXPECT_THAT(repaired(), ElementsAre("Mouse: units \"3,0\": units 3"));
    EXPECT_TRUE(report_.is_equal());
    EXPECT_EQ(report_.tables[0].rows, 3);
  }
}

TEST_F(Repair, LeavesRowsWhoseCellsDiffer) {
  store_.rows["Mouse"] = store_.rows["Pen"] = of(99);
  for (const char* key : {"Mouse", "Pen"}) differs("units", key);
  differs("units_cells", "Pen");
  EXPECT_THAT(repaired(), ElementsAre("Mouse: units 99: units 3"));
  EXPECT_EQ(report_.repair->left_rows, 1);
  EXPECT_EQ(report_.differences.size(), 2U);
  EXPECT_EQ(report_.tables[0].differences, 1);
}

TEST_F(Repair, LeavesAllRowsWhereAWrongCellWouldGetIntoOne) {
  store_.repairs_all = true;
  store_.rows["Mouse"] = of(99);
  differs("units", "Mouse");
  differs("units_cells", "Pen");
  EXPECT_THAT(repaired(), IsEmpty());
  EXPECT_THAT(store_.asked, IsEmpty());
  EXPECT_EQ(report_.repair->left_rows, 1);
  EXPECT_EQ(report_.repair->left_cells, 1);
  EXPECT_EQ(report_.differences.size(), 2U);
}

TEST_F(Repair, CountsTheCellsThatDifferAndNotTheirKeys) {
  store_.repairs_all = true;
  store_.rows["Mouse"] = of(99);
  differs("units", "Mouse");
  for (const core::PartitionId partition : {0, 1, 1})  // two columns of one of them
    report_.differences.push_back({"units_cells", {"Pen"}, "?", "?", "?", {partition}, "?"});
  EXPECT_THAT(repaired(), IsEmpty());
  EXPECT_EQ(report_.repair->left_cells, 2);
}

TEST_F(Repair, LeavesARowThatARunHasMendedMeanwhile) {
  differs("units", "Mouse");
  EXPECT_THAT(repaired(), IsEmpty());
  EXPECT_THAT(store_.asked, IsEmpty());
  EXPECT_TRUE(report_.is_equal());
}

TEST_F(Repair, ThatIsInVainLeavesTheDifference) {
  store_.is_in_vain = true;
  store_.rows["Mouse"] = of(99);
  differs("units", "Mouse");
  for (const bool is_snapshot : {true, false}) {
    store_.is_snapshot = is_snapshot;
    EXPECT_THAT(repaired(), IsEmpty());
    EXPECT_EQ(report_.differences.size(), 1U);
    EXPECT_EQ(report_.tables[0].differences, 1);
    EXPECT_EQ(report_.repair->vain_rows, 1);
    EXPECT_TRUE(report_.is_settled());
  }
}

TEST_F(Repair, ThatIsInVainSaysWhatIsSoAfterIt) {
  store_.writes_instead = of(77);
  store_.rows["Mouse"] = of(99);
  store_.rows["Ghost"] = of(1);
  for (const char* key : {"Ghost", "Mouse"}) differs("units", key);
  EXPECT_THAT(repaired(), IsEmpty());
  EXPECT_EQ(report_.repair->vain_rows, 2);
  ASSERT_EQ(report_.differences.size(), 2U);
  const Difference &ghost = report_.differences[0], &mouse = report_.differences[1];
  EXPECT_EQ(ghost.key.at(0) + ": " + ghost.expected + ": " + ghost.stored, "Ghost: no such row: units 77");
  EXPECT_EQ(mouse.key.at(0) + ": " + mouse.expected + ": " + mouse.stored, "Mouse: 3: 77");
  EXPECT_THAT(mouse.partitions, ElementsAre(0));
  EXPECT_EQ(report_.tables[0].differences, 2);
}

TEST_F(Repair, ARowThatHadNotSettledAndIsWrongAfterItDiffers) {
  store_.is_in_vain = true;
  for (const bool is_snapshot : {true, false}) {
    store_.is_snapshot = is_snapshot;
    store_.rows["Mouse"] = of(99);
    report_.differences = {};
    report_.unsettled = {{"units", {"Mouse"}, "units", "?", "?", {0}, "?"}};
    report_.tables[0].differences = 0;
    report_.tables[0].unsettled_rows = 1;
    EXPECT_THAT(repaired(), IsEmpty());
    EXPECT_TRUE(report_.is_settled());
    EXPECT_EQ(report_.tables[0].unsettled_rows, 0);
    ASSERT_EQ(report_.differences.size(), 1U);
    EXPECT_EQ(report_.differences[0].stored, "99");
    EXPECT_EQ(report_.tables[0].differences, 1);
  }
}

TEST_F(Repair, ThatFailsLeavesTheReportAsItWas) {
  store_.rows["Mouse"] = of(99);
  differs("units", "Mouse");
  store_.fails = "no quorum";
  EXPECT_EQ(repair_all().error().message, "no quorum");
  store_.fails = "";
  store_.fails_after = "gone";
  EXPECT_THAT(repair_all().error().message, testing::StartsWith("gone. The rows were written again all the same"));
  ASSERT_EQ(report_.differences.size(), 1U);
  EXPECT_EQ(report_.differences[0].stored, "?");
  EXPECT_FALSE(report_.repair->looked_again);
}

TEST_F(Repair, ARowThatARunIsWritingIsNotSettled) {
  store_.is_in_vain = true;
  store_.is_snapshot = false;
  store_.rows["Mouse"] = of(99);
  store_.cells["Mouse"].applied_through = 10;  // progress has not passed it
  differs("units", "Mouse");
  EXPECT_THAT(repaired(), IsEmpty());
  EXPECT_TRUE(report_.is_equal());
  EXPECT_EQ(report_.unsettled.size(), 1U);
  EXPECT_EQ(report_.tables[0].unsettled_rows, 1);
  EXPECT_EQ(report_.tables[0].differences, 0);
}

TEST_F(Repair, ARowThatHasNotSettledIsRepairedToo) {
  store_.is_snapshot = false;
  store_.rows["Mouse"] = of(99);
  report_.unsettled.push_back({"units", {"Mouse"}, "units", "?", "?", {0}, "?"});
  report_.unsettled.push_back({"units", {"Pen"}, "units", "?", "?", {0}, "?"});
  report_.tables[0].unsettled_rows = 2;
  EXPECT_THAT(repaired(), ElementsAre("Mouse: units 99: units 3"));
  EXPECT_THAT(store_.asked, ElementsAre("Mouse")) << "the other one is right by now";
  EXPECT_TRUE(report_.is_settled());
  EXPECT_EQ(report_.tables[0].unsettled_rows, 0);
}

}  // namespace
}  // namespace salestream::audit
