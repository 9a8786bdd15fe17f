// SPDX-License-Identifier: Apache-2.0
// The Cassandra store beyond the contract, with a real server: what a person sees in the tables, whose rows win,
// resets.
#include "store_cassandra/cassandra.h"

#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "store/total_text.h"
#include "store_cassandra/pipeline.h"
#include "store_cassandra/test_place.h"

namespace salestream::store {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<StorePlaceKind> kinds() {
  if (test_cassandra() == nullptr) return {};
  return {{"Cassandra", &CassandraPlace::make, false, false, true}};
}
INSTANTIATE_TEST_SUITE_P(Cassandra, StoreContract, testing::ValuesIn(kinds()), name_of_kind);

// The reference system's own table.
Identity product_sales() {
  Identity identity = contract_identity();
  identity.definition.totals = {
      {"product_sales",
       {core::Dimension::kProduct},
       {{"product_name", core::Dimension::kProduct}, {"total_sales", core::Measure::kRevenue}}}};
  return identity;
}

std::string refusal(const base::Status& status) { return status.ok() ? "(not refused)" : status.error().message; }

base::Status write_row(Session& session, const char* key, const char* revenue, std::int64_t version) {
  const core::TotalsRow row{key, {parse_total(revenue).value(), decimal("1"), 1}, version};
  return session.flush([&](FlushSteps& steps) { return steps.write_totals(0, {&row, 1}); });
}

class CassandraStore : public testing::Test {
 protected:
  void SetUp() override {
    if (test_cassandra() == nullptr) GTEST_SKIP() << "SALESTREAM_TEST_CASSANDRA=host:port names no server";
    place_ = std::make_unique<CassandraPlace>();
  }

  std::string table(const char* name) const { return place_->options.keyspace + "." + name; }
  std::string totals() {
    return place_->rows("SELECT product_name, CAST(total_sales AS text) FROM " + table("product_sales"));
  }
  void make_by_hand() {
    place_->cql("CREATE KEYSPACE " + place_->options.keyspace +
                " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    place_->cql("CREATE TABLE " + table("product_sales") + " (product_name text PRIMARY KEY, total_sales decimal)");
  }
  void insert(const char* values, const char* using_what = "") {
    place_->cql("INSERT INTO " + table("product_sales") + " (product_name, total_sales) VALUES (" + values + ") " +
                using_what);
  }

  std::unique_ptr<CassandraPlace> place_;
};

TEST_F(CassandraStore, ShowsPlainExactTotalsToAPerson) {
  const auto store = place_->store(product_sales());
  ASSERT_OK(store->open_for_run());
  const auto session = store->session().value();
  ASSERT_OK(write_row(*session, "Laptop", "99.8", 1));
  EXPECT_EQ(totals(), "Laptop,99.80");
  ASSERT_OK(write_row(*session, "Laptop", "12345678901234567890123456.000000001", 2));
  EXPECT_EQ(totals(), "Laptop,12345678901234567890123456.000000001");
}

TEST_F(CassandraStore, FillsTheReferenceTableThatAPersonMadeAndRowsOfBeforeGiveWay) {
  make_by_hand();
  insert("'Mouse', 5");
  insert("'Gone', 7");
  insert("'Future', 8", "USING TIMESTAMP 4000000000000000");  // a clock that goes before ours
  const auto made = place_->store(product_sales())->init();
  ASSERT_OK(made);
  EXPECT_THAT(*made, Not(testing::Contains(HasSubstr("table " + table("product_sales") + " "))));
  const auto store = place_->store(product_sales());
  ASSERT_OK(store->open_for_run());
  const auto session = store->session().value();
  EXPECT_THAT(session->read_totals(0, {}).value().rows, IsEmpty());
  ASSERT_OK(write_row(*session, "Mouse", "1", 1));
  EXPECT_EQ(totals(), "Mouse,1.00");
}

TEST_F(CassandraStore, RowsWrittenByHandLaterStayUntilAReset) {
  const auto store = place_->store(product_sales());
  ASSERT_OK(store->open_for_run());
  const auto session = store->session().value();
  ASSERT_OK(write_row(*session, "Mouse", "1", 1));
  insert("'Mouse', 99");
  ASSERT_OK(write_row(*session, "Mouse", "2", 2));
  EXPECT_EQ(totals(), "Mouse,99") << "as docs/cassandra.md says";
  ASSERT_OK(place_->store(product_sales())->reset());
  EXPECT_EQ(totals(), "");
  const auto again = place_->store(product_sales());
  ASSERT_OK(again->open_for_run());
  ASSERT_OK(write_row(*again->session().value(), "Mouse", "1", 1));
  EXPECT_EQ(totals(), "Mouse,1.00");
}

TEST_F(CassandraStore, AnInstanceThatSleptThroughAResetLeavesNothingBehind) {
  const auto store = place_->store(product_sales());
  ASSERT_OK(store->open_for_run());
  const auto asleep = store->session().value();
  ASSERT_OK(write_row(*asleep, "Mouse", "1", 5));
  const CellWrite cell{"Pen", 0, {measures("5", "1", 1), 9}};
  const core::PartitionProgress at = progress(0, 10);
  const core::TotalsRow rows[] = {{"Mouse", measures("2", "1", 1), 7}, {"Pen", measures("5", "1", 1), 10}};
  // The reset comes in the middle of the flush: at its beginning all was well.
  const auto flushed = asleep->flush([&](FlushSteps& steps) -> base::Status {
    EXPECT_TRUE(place_->store(product_sales())->reset().ok());
    SALESTREAM_TRY(steps.write_cells(0, {&cell, 1}));
    const auto written = steps.write_totals(0, rows);
    EXPECT_THAT(refusal(written), HasSubstr("was reset"));
    return steps.write_progress({&at, 1});
  });
  ASSERT_OK(flushed);
  EXPECT_EQ(totals(), "") << "neither a row of before nor one that only the sleeper knows";
  EXPECT_THAT(refusal(write_row(*asleep, "Mouse", "3", 9)), HasSubstr("was reset"));
  EXPECT_FALSE(asleep->read_progress().ok());

  const auto awake = place_->store(product_sales());
  ASSERT_OK(awake->open_for_run());
  const auto session = awake->session().value();
  EXPECT_THAT(session->read_progress().value(), IsEmpty());
  std::vector<std::optional<core::Cell>> cells;
  const std::string_view pen = "Pen";
  ASSERT_OK(session->read_partition_cells(0, 0, {&pen, 1}, cells));
  EXPECT_EQ(cells.at(0), std::nullopt);
  ASSERT_OK(write_row(*session, "Mouse", "1", 1));
  EXPECT_EQ(totals(), "Mouse,1.00");
}

TEST_F(CassandraStore, ResetGoesBeyondTimestampsThatRanAheadOfTheClock) {
  const auto store = place_->store(product_sales());
  ASSERT_OK(store->open_for_run());
  ASSERT_OK(write_row(*store->session().value(), "Mouse", "1", std::int64_t{1} << 50));
  ASSERT_OK(place_->store(product_sales())->reset());
  const auto again = place_->store(product_sales());
  ASSERT_OK(again->open_for_run());
  ASSERT_OK(write_row(*again->session().value(), "Mouse", "7", 1));
  EXPECT_EQ(totals(), "Mouse,7.00");
}

TEST_F(CassandraStore, TwoPipelinesShareAKeyspace) {
  Identity other = product_sales();
  other.definition.pipeline = "other";
  other.definition.totals[0].name = "other_sales";
  const auto first = place_->store(product_sales()), second = place_->store(other);
  ASSERT_OK(first->open_for_run());
  ASSERT_OK(second->open_for_run());
  const auto session = first->session().value(), other_session = second->session().value();
  const core::PartitionProgress at = progress(0, 10);
  core::Reject reject;
  ASSERT_OK(session->flush([&](FlushSteps& steps) -> base::Status {
    SALESTREAM_TRY(steps.write_rejects({&reject, 1}));
    return steps.write_progress({&at, 1});
  }));
  EXPECT_THAT(other_session->read_progress().value(), IsEmpty());
  EXPECT_THAT(other_session->read_rejects(10).value(), IsEmpty());
  ASSERT_OK(place_->store(other)->reset());
  EXPECT_EQ(session->read_progress().value().size(), 1U) << "the other pipeline's reset";
  EXPECT_EQ(session->read_rejects(10).value().size(), 1U);
}

TEST_F(CassandraStore, RefusesATableOfAnotherShapeAndChangesNothing) {
  place_->cql("CREATE KEYSPACE " + place_->options.keyspace +
              " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
  place_->cql("CREATE TABLE " + table("product_sales") + " (product_name text PRIMARY KEY, total_sales double)");
  const std::string said = refusal(place_->store(product_sales())->open_for_run());
  EXPECT_THAT(said, AllOf(HasSubstr("it has total_sales double; it should have total_sales decimal"),
                          HasSubstr("Nothing was changed")));
  EXPECT_EQ(place_->rows("SELECT table_name FROM system_schema.tables WHERE keyspace_name = '" +
                         place_->options.keyspace + "'"),
            "product_sales");
}

TEST_F(CassandraStore, RefusesTablesThatWouldForgetOrMissWrites) {
  ASSERT_OK(place_->store(product_sales())->init());
  place_->cql("ALTER TABLE " + table("product_sales") + " WITH default_time_to_live = 3600");
  EXPECT_THAT(refusal(place_->store(product_sales())->open_for_run()), HasSubstr("default_time_to_live = 0"));
  place_->cql("ALTER TABLE " + table("product_sales") + " WITH default_time_to_live = 0");
  place_->cql("ALTER TABLE " + table("product_sales_cells") + " WITH read_repair = 'NONE'");
  EXPECT_THAT(refusal(place_->store(product_sales())->open_for_run()), HasSubstr("read_repair = 'BLOCKING'"));
  place_->cql("ALTER TABLE " + table("product_sales_cells") + " WITH read_repair = 'BLOCKING'");
  EXPECT_OK(place_->store(product_sales())->open_for_run());
}

TEST_F(CassandraStore, SeesATableThatIsGoneOrRecreated) {
  ASSERT_OK(place_->store(product_sales())->init());
  place_->cql("DROP TABLE " + table("product_sales"));
  EXPECT_THAT(refusal(place_->store(product_sales())->open_for_run()), HasSubstr("product_sales is gone"));
  place_->cql("CREATE TABLE " + table("product_sales") + " (product_name text PRIMARY KEY, total_sales decimal)");
  EXPECT_THAT(refusal(place_->store(product_sales())->open_for_run()), HasSubstr("recreated"));
  ASSERT_OK(place_->store(product_sales())->reset());
  EXPECT_OK(place_->store(product_sales())->open_for_run());
}

TEST_F(CassandraStore, ResetMakesTablesThatThePipelineFileHasInAnotherShape) {
  ASSERT_OK(place_->store(product_sales())->init());
  Identity changed = product_sales();
  changed.definition.totals[0].columns.push_back({"pieces", core::Measure::kUnits});
  ASSERT_OK(place_->store(changed)->reset());
  const auto store = place_->store(changed);
  ASSERT_OK(store->open_for_run());
  ASSERT_OK(write_row(*store->session().value(), "Mouse", "1", 1));
  EXPECT_EQ(place_->rows("SELECT CAST(pieces AS text) FROM " + table("product_sales")), "1");
}

TEST_F(CassandraStore, ARunAfterAResetClearsWhatASleeperLeftBehind) {
  ASSERT_OK(place_->store(product_sales())->init());
  const std::string former_base_us =
      place_->rows("SELECT CAST(generation_base_us AS text) FROM " + table("salestream_pipeline"));
  ASSERT_OK(place_->store(product_sales())->reset());
  // Frozen in a flush, thawed after the reset, killed before it could look whether the generation is still its own.
  place_->cql("INSERT INTO " + table("product_sales") +
              " (product_name, total_sales) VALUES ('Mouse', 1) USING TIMESTAMP " +
              std::to_string(std::stoll(former_base_us) + 1000));
  const std::string names = "SELECT product_name FROM " + table("product_sales");
  ASSERT_EQ(place_->rows(names), "Mouse");
  const auto store = place_->store(product_sales());
  ASSERT_OK(store->open_for_run());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!place_->rows(names).empty() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(place_->rows(names), "");
}

// Totals that were written by hand, and rows of the store that a repair makes of them.
class CassandraRepair : public CassandraStore {
 protected:
  void SetUp() override {
    CassandraStore::SetUp();
    if (!IsSkipped()) set_up_run();
  }

  void set_up_run() {
    store_ = place_->store(product_sales());
    ASSERT_OK(store_->open_for_run());
    session_ = store_->session().value();
    ASSERT_OK(count("Mouse", "1", 4));
    ASSERT_OK(count("Pen", "2.5", 7));
    ASSERT_OK(count("Ink", "3", 2));
  }

  // A cell, and its row: the only one of its key.
  base::Status count(const char* key, const char* revenue, core::Offset through) {
    const CellWrite cell{key, 0, {measures(revenue, "1", 1), through}};
    const core::TotalsRow row{key, cell.cell.measures, through + 1};
    return session_->flush([&](FlushSteps& steps) -> base::Status {
      SALESTREAM_TRY(steps.write_cells(0, {&cell, 1}));
      return steps.write_totals(0, {&row, 1});
    });
  }

  std::unique_ptr<Store> reader() {
    auto store = place_->store(product_sales());
    EXPECT_OK(store->open_for_read());
    return store;
  }

  std::string sorted_totals() {
    std::string text;
    for (const char* key : {"Ghost", "Ink", "Mouse", "Pen"}) {
      const std::string row = place_->rows("SELECT CAST(total_sales AS text) FROM " + table("product_sales") +
                                           " WHERE product_name = '" + key + "'");
      if (!row.empty()) text += std::string(text.empty() ? "" : " ") + key + "=" + row;
    }
    return text;
  }
  std::string pipeline_row(const char* what) {
    return place_->rows("SELECT " + std::string(what) + " FROM " + table("salestream_pipeline"));
  }
  static constexpr const char* kRight = "Ink=3.00 Mouse=1.00 Pen=2.50";

  std::unique_ptr<Store> store_;
  std::unique_ptr<Session> session_;
};

TEST_F(CassandraRepair, WinsOverRowsThatWereChangedDeletedAndAdded) {
  insert("'Mouse', 99");
  place_->cql("DELETE FROM " + table("product_sales") + " WHERE product_name = 'Pen'");
  place_->cql("UPDATE " + table("product_sales") + " SET total_sales = 7 WHERE product_name = 'Ghost'");
  ASSERT_EQ(sorted_totals(), "Ghost=7 Ink=3.00 Mouse=99");
  ASSERT_OK(reader()->repair_totals({}));
  EXPECT_EQ(sorted_totals(), kRight);
  EXPECT_EQ(pipeline_row("CAST(is_cleared AS text)"), "true");
  ASSERT_OK(count("Mouse", "5", 9));
  ASSERT_OK(count("Pen", "6", 9));
  EXPECT_EQ(sorted_totals(), "Ink=3.00 Mouse=5.00 Pen=6.00") << "the run that began before";
}

TEST_F(CassandraRepair, WinsOverClocksThatGoBefore) {
  const auto in_hours = [](int hours) {
    const auto at = std::chrono::system_clock::now().time_since_epoch() + std::chrono::hours(hours);
    return "USING TIMESTAMP " + std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(at).count());
  };
  insert("'Mouse', 99", in_hours(24 * 365).c_str());  // it can be seen how new this is,
  place_->cql("DELETE FROM " + table("product_sales") + " " + in_hours(3) +
              " WHERE product_name = 'Pen'");  // but not this
  ASSERT_OK(reader()->repair_totals({}));
  EXPECT_EQ(sorted_totals(), kRight);
  place_->cql("DELETE FROM " + table("product_sales") + " " + in_hours(24 * 365 + 30) + " WHERE product_name = 'Pen'");
  ASSERT_OK(reader()->repair_totals({}));
  EXPECT_EQ(sorted_totals(), kRight) << "a second one is beyond the first";
}

// As a person may write it who wants to win for good.
constexpr const char* kGreatestTimestamp = "USING TIMESTAMP 9223372036854775807";

TEST_F(CassandraRepair, SaysHowToTakeAwayARowThatNothingCanBeWrittenAfter) {
  insert("'Mouse', 99", kGreatestTimestamp);
  const auto says_how = AllOf(HasSubstr("9223372036854775807"), HasSubstr("`TRUNCATE " + table("product_sales") + "`"));
  EXPECT_THAT(refusal(reader()->repair_totals({})), says_how);
  EXPECT_THAT(refusal(place_->store(product_sales())->reset()), says_how);
  EXPECT_EQ(pipeline_row("CAST(totals_base_us AS text)"), "null") << "nothing was begun";
  place_->cql("TRUNCATE " + table("product_sales"));
  ASSERT_OK(reader()->repair_totals({}));
  EXPECT_EQ(sorted_totals(), kRight);
  ASSERT_OK(count("Mouse", "5", 9));
  EXPECT_EQ(sorted_totals(), "Ink=3.00 Mouse=5.00 Pen=2.50");
}

TEST_F(CassandraRepair, ATruncationTakesAwayADeletionThatARepairCannotSee) {
  place_->cql("DELETE FROM " + table("product_sales") + " " + kGreatestTimestamp + " WHERE product_name = 'Pen'");
  ASSERT_OK(reader()->repair_totals({}));
  EXPECT_EQ(sorted_totals(), "Ink=3.00 Mouse=1.00") << "in vain";
  place_->cql("TRUNCATE " + table("product_sales"));
  ASSERT_OK(reader()->repair_totals({}));
  EXPECT_EQ(sorted_totals(), kRight);
}

TEST_F(CassandraRepair, ABaseThatNothingCanBeWrittenAfterIsRefused) {
  for (const char* const base : {"generation_base_us = 9223372036854775807", "totals_base_us = 9223372036854775807",
                                 "generation_base_us = -9223372036854775807"}) {
    const std::string pipeline = product_sales().definition.pipeline;
    const std::string where = " WHERE pipeline = '" + pipeline + "'";
    place_->cql("UPDATE " + table("salestream_pipeline") + " SET " + base + where);
    for (const std::string& said :
         {refusal(place_->store(product_sales())->open_for_run()),
          refusal(place_->store(product_sales())->open_for_read()), refusal(place_->store(product_sales())->reset())})
      EXPECT_THAT(said, AllOf(HasSubstr("9223372036854775807 µs"), HasSubstr("delete it, and start over"))) << base;
    place_->cql("DELETE FROM " + table("salestream_pipeline") + where);
    ASSERT_OK(place_->store(product_sales())->reset());
    set_up_run();
    EXPECT_EQ(sorted_totals(), kRight) << base;
  }
}

TEST_F(CassandraRepair, ThatWasKilledIsFinishedByTheNextRunOrRepair) {
  for (const bool by_run : {true, false}) {
    const char* const beyond = by_run ? "USING TIMESTAMP 4000000000000000" : "USING TIMESTAMP 5000000000000000";
    insert("'Mouse', 99", beyond);
    insert("'Ghost', 7", beyond);
    ASSERT_OK(cassandra::begin_repair(place_->person(), place_->options, product_sales()));
    EXPECT_EQ(pipeline_row("CAST(is_cleared AS text)"), "false");
    EXPECT_EQ(sorted_totals(), "Ghost=7 Ink=3.00 Mouse=99 Pen=2.50");
    EXPECT_EQ(reader()->session().value()->read_totals(0, {}).value().rows.size(), 4U)
        << "no row is missed until it is written again";
    if (by_run)
      ASSERT_OK(place_->store(product_sales())->open_for_run());
    else
      ASSERT_OK(reader()->finish_repair());
    EXPECT_EQ(sorted_totals(), kRight) << by_run;
    EXPECT_EQ(pipeline_row("CAST(is_cleared AS text)"), "true");
  }
}

TEST_F(CassandraRepair, WritesAFlushOnceMoreThatItCameInto) {
  const CellWrite cell{"Mouse", 0, {measures("5", "1", 1), 9}};
  const core::TotalsRow row{"Mouse", cell.cell.measures, 10};
  // The cell is there before the repair looks for cells, or it is not: what is known here is not known there.
  ASSERT_OK(session_->flush([&](FlushSteps& steps) -> base::Status {
    SALESTREAM_TRY(reader()->repair_totals({}));
    SALESTREAM_TRY(steps.write_cells(0, {&cell, 1}));
    return steps.write_totals(0, {&row, 1});
  }));
  EXPECT_EQ(sorted_totals(), "Ink=3.00 Mouse=5.00 Pen=2.50");
}

TEST_F(CassandraRepair, IsLeftAloneByAResetThatHasSeenIt) {
  insert("'Mouse', 99");
  ASSERT_OK(reader()->repair_totals({}));
  const std::string totals_base_us = pipeline_row("CAST(totals_base_us AS text)");
  ASSERT_OK(place_->store(product_sales())->reset());
  EXPECT_GT(std::stoll(pipeline_row("CAST(generation_base_us AS text)")), std::stoll(totals_base_us));
  EXPECT_EQ(pipeline_row("CAST(totals_base_us AS text)"), "null");
  EXPECT_THAT(refusal(count("Mouse", "5", 9)), HasSubstr("was reset"));
  EXPECT_EQ(sorted_totals(), "") << "the sleeper took its row back";
}

TEST_F(CassandraRepair, TakesAwayWhatItWroteAfterAResetThatDidNotSeeIt) {
  insert("'Mouse', 99");
  ASSERT_OK(reader()->repair_totals({}));
  const std::int64_t totals_base_us = std::stoll(pipeline_row("CAST(totals_base_us AS text)"));
  ASSERT_OK(place_->store(product_sales())->reset());
  insert("'Ghost', 8", ("USING TIMESTAMP " + std::to_string(totals_base_us + 5)).c_str());
  EXPECT_EQ(sorted_totals(), "Ghost=8");
  ASSERT_OK(reader()->finish_repair());
  EXPECT_EQ(sorted_totals(), "");
}

TEST_F(CassandraRepair, WorksOnTablesThatAnEarlierSalestreamMade) {
  place_->cql("ALTER TABLE " + table("salestream_pipeline") + " DROP totals_base_us");
  EXPECT_THAT(refusal(place_->store(product_sales())->open_for_read()),
              AllOf(HasSubstr("salestream_pipeline"), HasSubstr("salestream init")));
  const auto made = place_->store(product_sales())->init();
  ASSERT_OK(made);
  EXPECT_THAT(*made, ElementsAre(HasSubstr("column totals_base_us of table")));
  insert("'Mouse', 99");
  ASSERT_OK(reader()->repair_totals({}));
  EXPECT_EQ(sorted_totals(), kRight);
}

TEST_F(CassandraRepair, IsNotBegunWhereSparkFillsTheTotals) {
  ASSERT_OK(prepare_for_spark(place_->options, product_sales(), true));
  EXPECT_THAT(refusal(reader()->repair_totals({})), HasSubstr("Spark"));
}

TEST_F(CassandraStore, SaysSoWhenAnotherProgramWroteWhatCannotBeOurs) {
  const auto store = place_->store(product_sales());
  ASSERT_OK(store->open_for_run());
  insert("'Mouse', 0.0000000001");
  const auto page = store->session().value()->read_totals(0, {.rows = 1});
  ASSERT_FALSE(page.ok());
  EXPECT_THAT(page.error().message, HasSubstr("decimal of at most nine fraction digits"));
}

}  // namespace
}  // namespace salestream::store
