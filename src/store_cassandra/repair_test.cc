// SPDX-License-Identifier: Apache-2.0
// Repairs of totals rows with a real Cassandra: which rows win, what a repair leaves to the next run, and what it says.
#include <gmock/gmock.h>

#include <chrono>
#include <optional>
#include <set>

#include "base/logging.h"
#include "store_cassandra/pipeline.h"
#include "store_cassandra/retrying_client.h"
#include "store_cassandra/test_store.h"

namespace salestream::store {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using cassandra::Answer;
using cassandra::BoundRows;
using cassandra::Client;
using cassandra::KeyedStatement;
using cassandra::Statement;

// A cluster of which no answer comes the first time, and lightweight transactions end as a test says.
class FlakyClient final : public Client {
 public:
  explicit FlakyClient(Client& client) : Client(client.name()), client_(client) {}

  std::optional<base::Error> of_transactions;
  int failed = 0;

  base::Status run(const std::string& cql) override { return client_.run(cql); }
  base::Status await_one_schema() override { return client_.await_one_schema(); }
  base::Result<Statement> prepare(const std::string& cql, Repeat repeat) override {
    auto statement = client_.prepare(cql, repeat);
    if (statement.ok() && repeat == Repeat::kNever) transactions_.insert(statement->number);
    return statement;
  }
  base::Status write(Statement statement, const BoundRows& rows) override {
    base::Status done = client_.write(statement, rows);  // also where the answer is lost
    return is_lost() ? no_answer() : done;
  }
  base::Result<Answer> read(Statement statement, const BoundRows& rows) override {
    if (transactions_.contains(statement.number)) {
      if (of_transactions) return *of_transactions;
      return client_.read(statement, rows);
    }
    auto answer = client_.read(statement, rows);
    if (is_lost()) return no_answer();
    return answer;
  }
  base::Result<Answer> read(const KeyedStatement& statement, const BoundRows& rows) override {
    if (is_lost()) return no_answer();
    return client_.read(statement, rows);
  }
  base::Result<Answer> read_page(Statement statement, const BoundRows& row, std::string& next) override {
    if (is_lost()) return no_answer();
    return client_.read_page(statement, row, next);
  }

 private:
  bool is_lost() { return ++requests_ % 2 == 1; }
  base::Error no_answer() {
    ++failed;
    return base::retriable("cassandra " + name() + ": no answer");
  }

  Client& client_;
  std::set<std::uint32_t> transactions_;
  int requests_ = 0;
};

cassandra::RetryingClient retrying(Client& client) {
  base::RetryHooks hooks;
  hooks.before_pause = [](const base::Error&) {};
  return {client, {.first_pause = std::chrono::milliseconds(1), .timeout = std::chrono::seconds(20)}, hooks};
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
  EXPECT_THAT(refusal_of(reader()->repair_totals({})), says_how);
  EXPECT_THAT(refusal_of(place_->store(product_sales())->reset()), says_how);
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
    for (const std::string& said : {refusal_of(place_->store(product_sales())->open_for_run()),
                                    refusal_of(place_->store(product_sales())->open_for_read()),
                                    refusal_of(place_->store(product_sales())->reset())})
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
      EXPECT_EQ(reader()->finish_repair().value(), true);
    EXPECT_EQ(reader()->finish_repair().value(), false) << "any more";
    EXPECT_EQ(sorted_totals(), kRight) << by_run;
    EXPECT_EQ(pipeline_row("CAST(is_cleared AS text)"), "true");
  }
}

// More cells than a page has, so that one begins amid the cells of a key.
TEST_F(CassandraRepair, IsFinishedInOneGoThoughEachRequestFailsOnce) {
  constexpr int kKeys = 1700, kPartitions = 3;
  std::vector<std::string> keys;
  for (int i = 0; i < kKeys; ++i) keys.push_back("key " + std::to_string(i));
  for (core::PartitionId partition = 0; partition < kPartitions; ++partition) {
    std::vector<CellWrite> cells;
    for (const std::string& key : keys) cells.push_back({key, partition, {measures("1.25", "1", 1), 10 + partition}});
    ASSERT_OK(session_->flush([&](FlushSteps& steps) { return steps.write_cells(0, cells); }));
  }
  insert("'Mouse', 99");
  FlakyClient flaky(place_->person());
  cassandra::RetryingClient requests = retrying(flaky);
  ASSERT_OK(cassandra::begin_repair(requests, place_->options, product_sales()));
  flaky.failed = 0;
  ASSERT_OK(cassandra::finish_repair(requests, place_->options, product_sales()));
  EXPECT_GT(flaky.failed, 10);
  EXPECT_EQ(pipeline_row("CAST(is_cleared AS text)"), "true");
  EXPECT_EQ(sorted_totals(), kRight);
  const TotalsPage page = reader()->session().value()->read_totals(0, {}).value();
  EXPECT_EQ(page.all_rows, kKeys + 3);
  for (const core::TotalsRow& row : page.rows) {
    if (!row.key.starts_with("key ")) continue;
    EXPECT_EQ(row.measures.revenue, decimal("3.75")) << row.key;
  }
}

TEST_F(CassandraRepair, AResetIsDoneInOneGoThoughEachRequestFailsOnce) {
  FlakyClient flaky(place_->person());
  cassandra::RetryingClient requests = retrying(flaky);
  ASSERT_OK(cassandra::renew_pipeline(requests, place_->options, product_sales()));
  EXPECT_GT(flaky.failed, 5);
  EXPECT_EQ(pipeline_row("CAST(is_cleared AS text)"), "true");
  EXPECT_EQ(sorted_totals(), "");
}

TEST_F(CassandraRepair, SaysWhetherItIsKnownWhatBecameOfIt) {
  FlakyClient flaky(place_->person());
  cassandra::RetryingClient requests = retrying(flaky);
  const std::string prefix = "cassandra " + flaky.name() + ": ";
  flaky.of_transactions = base::retriable(prefix + "no answer");
  EXPECT_EQ(cassandra::begin_repair(requests, place_->options, product_sales()).error().message,
            prefix + "no answer. Whether a repair was begun is not known: repair again");
  flaky.of_transactions = base::failure(prefix + "joe has no right to MODIFY");
  EXPECT_EQ(cassandra::begin_repair(requests, place_->options, product_sales()).error().message,
            prefix + "joe has no right to MODIFY");
}

TEST_F(CassandraRepair, DoesNotPromiseThatARunGoesOnWhereARunCannot) {
  place_->cql("UPDATE " + table("product_sales_cells") + " SET revenue = 0.0000000001" +
              " WHERE product_name = 'Pen' AND generation = 1 AND partition = 0");
  const std::string said = refusal_of(reader()->repair_totals({}));
  EXPECT_THAT(said, AllOf(HasSubstr("decimal"), HasSubstr("a run that starts ends with the same error"),
                          Not(HasSubstr("finishes it"))));
  EXPECT_THAT(refusal_of(place_->store(product_sales())->open_for_run()), HasSubstr("decimal"));
}

TEST_F(CassandraRepair, IsToldToARunAndNotToWhoRepairs) {
  std::vector<std::string> lines;
  base::set_log_sink([&](base::LogLevel, std::string_view line) { lines.emplace_back(line); });
  const auto reader = this->reader();
  ASSERT_OK(reader->repair_totals({}));
  ASSERT_OK(reader->session().value()->read_progress());
  EXPECT_THAT(lines, testing::IsEmpty());
  ASSERT_OK(count("Mouse", "5", 9));
  EXPECT_THAT(lines, ElementsAre(HasSubstr("its totals were repaired meanwhile")));
  base::set_log_sink(nullptr);
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
  EXPECT_THAT(refusal_of(count("Mouse", "5", 9)), HasSubstr("was reset"));
  EXPECT_EQ(sorted_totals(), "") << "the sleeper took its row back";
}

TEST_F(CassandraRepair, TakesAwayWhatItWroteAfterAResetThatDidNotSeeIt) {
  insert("'Mouse', 99");
  ASSERT_OK(reader()->repair_totals({}));
  const std::int64_t totals_base_us = std::stoll(pipeline_row("CAST(totals_base_us AS text)"));
  ASSERT_OK(place_->store(product_sales())->reset());
  insert("'Ghost', 8", ("USING TIMESTAMP " + std::to_string(totals_base_us + 5)).c_str());
  EXPECT_EQ(sorted_totals(), "Ghost=8");
  EXPECT_EQ(reader()->finish_repair().value(), false);
  EXPECT_EQ(sorted_totals(), "");
}

TEST_F(CassandraRepair, WorksOnTablesThatAnEarlierSalestreamMade) {
  place_->cql("ALTER TABLE " + table("salestream_pipeline") + " DROP totals_base_us");
  EXPECT_THAT(refusal_of(place_->store(product_sales())->open_for_read()),
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
  EXPECT_THAT(refusal_of(reader()->repair_totals({})), HasSubstr("Spark"));
}

}  // namespace
}  // namespace salestream::store
