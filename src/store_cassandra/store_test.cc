// SPDX-License-Identifier: Apache-2.0
// The Cassandra store beyond the contract, with a real server: what a person sees in the tables, whose rows win,
// resets.
#include "store_cassandra/cassandra.h"

#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "store_cassandra/test_store.h"

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
    EXPECT_THAT(refusal_of(written), HasSubstr("was reset"));
    return steps.write_progress({&at, 1});
  });
  ASSERT_OK(flushed);
  EXPECT_EQ(totals(), "") << "neither a row of before nor one that only the sleeper knows";
  EXPECT_THAT(refusal_of(write_row(*asleep, "Mouse", "3", 9)), HasSubstr("was reset"));
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
  const std::string said = refusal_of(place_->store(product_sales())->open_for_run());
  EXPECT_THAT(said, AllOf(HasSubstr("it has total_sales double; it should have total_sales decimal"),
                          HasSubstr("Nothing was changed")));
  EXPECT_EQ(place_->rows("SELECT table_name FROM system_schema.tables WHERE keyspace_name = '" +
                         place_->options.keyspace + "'"),
            "product_sales");
}

TEST_F(CassandraStore, RefusesTablesThatWouldForgetOrMissWrites) {
  ASSERT_OK(place_->store(product_sales())->init());
  place_->cql("ALTER TABLE " + table("product_sales") + " WITH default_time_to_live = 3600");
  EXPECT_THAT(refusal_of(place_->store(product_sales())->open_for_run()), HasSubstr("default_time_to_live = 0"));
  place_->cql("ALTER TABLE " + table("product_sales") + " WITH default_time_to_live = 0");
  place_->cql("ALTER TABLE " + table("product_sales_cells") + " WITH read_repair = 'NONE'");
  EXPECT_THAT(refusal_of(place_->store(product_sales())->open_for_run()), HasSubstr("read_repair = 'BLOCKING'"));
  place_->cql("ALTER TABLE " + table("product_sales_cells") + " WITH read_repair = 'BLOCKING'");
  EXPECT_OK(place_->store(product_sales())->open_for_run());
}

TEST_F(CassandraStore, SeesATableThatIsGoneOrRecreated) {
  ASSERT_OK(place_->store(product_sales())->init());
  place_->cql("DROP TABLE " + table("product_sales"));
  EXPECT_THAT(refusal_of(place_->store(product_sales())->open_for_run()), HasSubstr("product_sales is gone"));
  place_->cql("CREATE TABLE " + table("product_sales") + " (product_name text PRIMARY KEY, total_sales decimal)");
  EXPECT_THAT(refusal_of(place_->store(product_sales())->open_for_run()), HasSubstr("recreated"));
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
