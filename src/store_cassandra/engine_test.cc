// SPDX-License-Identifier: Apache-2.0
// Who fills a pipeline's tables, salestream itself or Spark, and keyspaces that an earlier salestream made; with a real
// server.
#include <gmock/gmock.h>

#include "store_cassandra/cassandra.h"
#include "store_cassandra/test_place.h"

namespace salestream::store {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

std::string engine_refusal(const base::Status& status) {
  return status.ok() ? "(not refused)" : status.error().message;
}

class CassandraEngine : public testing::Test {
 protected:
  void SetUp() override {
    if (test_cassandra() == nullptr) GTEST_SKIP() << "SALESTREAM_TEST_CASSANDRA=host:port names no server";
    place_ = std::make_unique<CassandraPlace>();
  }

  base::Status run(bool takes_over = false) {
    const auto store = place_->store(identity_);
    SALESTREAM_TRY(store->open_for_run({.take_over_from_spark = takes_over}));
    SALESTREAM_ASSIGN(const auto session, store->session());
    core::PartitionProgress at;
    at.next_offset = 10;
    return session->flush([&](FlushSteps& steps) { return steps.write_progress({&at, 1}); });
  }
  base::Result<SparkGeneration> spark(bool takes_over = false) {
    return prepare_for_spark(place_->options, identity_, takes_over);
  }
  static std::string refusal_of(const base::Result<SparkGeneration>& outcome) {
    return outcome.ok() ? "(not refused)" : outcome.error().message;
  }
  Engine engine() {
    const auto store = place_->store(identity_);
    EXPECT_OK(store->open_for_read());
    return store->engine();
  }
  std::string table(const std::string& name) const { return place_->options.keyspace + "." + name; }

  std::unique_ptr<CassandraPlace> place_;
  Identity identity_ = contract_identity();
};

TEST_F(CassandraEngine, SparkMayBeginWhereNothingWasCounted) {
  const auto first = spark();
  ASSERT_OK(first);
  EXPECT_EQ(engine(), Engine::kSpark);
  ASSERT_EQ(first->column_types.size(), identity_.definition.totals.size());
  const auto again = spark();
  ASSERT_OK(again);
  EXPECT_EQ(again->generation_base_us, first->generation_base_us) << "a count that goes on";

  place_ = std::make_unique<CassandraPlace>();
  ASSERT_OK(place_->store(identity_)->init());
  EXPECT_EQ(engine(), Engine::kSalestream);
  EXPECT_OK(spark());
  EXPECT_EQ(engine(), Engine::kSpark);
}

TEST_F(CassandraEngine, WhatOneCountsTheOtherTakesOverOnlyWhenAsked) {
  ASSERT_OK(run());
  EXPECT_THAT(refusal_of(spark()),
              AllOf(HasSubstr("`salestream run` fills the totals"), HasSubstr("Nothing was changed")));
  ASSERT_OK(run());
  const auto taken = spark(true);
  ASSERT_OK(taken);
  EXPECT_EQ(taken->number, 2);

  EXPECT_THAT(engine_refusal(run()), AllOf(HasSubstr("Spark fills the totals"), HasSubstr("--take-over")));
  EXPECT_OK(place_->store(identity_)->init());
  EXPECT_EQ(engine(), Engine::kSpark) << "init makes tables and changes nothing else";
  EXPECT_EQ(spark()->number, 2);
  ASSERT_OK(run(true));
  EXPECT_EQ(engine(), Engine::kSalestream);
  ASSERT_OK(run(true));
  EXPECT_EQ(place_->rows("SELECT CAST(generation AS text) FROM " + table("salestream_pipeline")), "3")
      << "nothing to take over";
  ASSERT_OK(place_->store(identity_)->reset());
  EXPECT_OK(spark());  // nothing is counted yet
}

TEST_F(CassandraEngine, ARunThatSleptThroughATakeOverEnds) {
  const auto store = place_->store(identity_);
  ASSERT_OK(store->open_for_run());
  const auto session = store->session().value();
  ASSERT_OK(spark());  // it had not flushed yet
  const auto flushed = session->flush([](FlushSteps&) -> base::Status { return {}; });
  EXPECT_THAT(engine_refusal(flushed), HasSubstr("was reset"));
}

TEST_F(CassandraEngine, TablesOfAnEarlierSalestreamAreCompleted) {
  ASSERT_OK(run());
  place_->cql("ALTER TABLE " + table("salestream_pipeline") + " DROP engine");
  place_->cql("ALTER TABLE " + table("salestream_progress") + " DROP (duplicates, window_offset)");
  EXPECT_THAT(engine_refusal(place_->store(identity_)->open_for_read()),
              AllOf(HasSubstr("earlier salestream"), HasSubstr("init")));
  const auto made = place_->store(identity_)->init();
  ASSERT_OK(made);
  EXPECT_THAT(*made, AllOf(Contains(HasSubstr("column engine")), Contains(HasSubstr("column window_offset"))));
  EXPECT_EQ(engine(), Engine::kSalestream) << "it knew no other";
  const auto store = place_->store(identity_);
  ASSERT_OK(store->open_for_run());
  const auto progress = store->session().value()->read_progress();
  ASSERT_OK(progress);
  ASSERT_EQ(progress->size(), 1U);
  EXPECT_EQ(progress->front().next_offset, 10);
  EXPECT_EQ(progress->front().counters.duplicates, 0);
  EXPECT_OK(run());

  place_->cql("ALTER TABLE " + table("salestream_progress") + " ADD notes text");
  EXPECT_THAT(engine_refusal(place_->store(identity_)->open_for_run()), HasSubstr("has another shape")) << "not ours";
}

}  // namespace
}  // namespace salestream::store
