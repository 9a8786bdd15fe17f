// SPDX-License-Identifier: Apache-2.0
// What operators are told: health and its reasons, and metrics as text. That the numbers are right is for
// tests/e2e/test_metrics.py to show.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "web/health.h"
#include "web/metrics.h"

namespace salestream::web {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

engine::Health good() { return {.has_begun = true, .has_assignment = true}; }

TEST(Health, IsGoodWhileThreadsMove) {
  EXPECT_TRUE(
      is_alive({}).is_good);  // it looks at a source and a store that may be unavailable: nothing that a restart mends
  EXPECT_TRUE(is_alive(good()).is_good);
  engine::Health health = good();
  health.store_wait = seconds(100'000);
  EXPECT_TRUE(is_alive(health).is_good);
  health.stalled_for = kMaxStall + seconds(1);
  EXPECT_FALSE(is_alive(health).is_good);
  EXPECT_EQ(is_alive(health).why, "a thread of the run has not moved for 121 s");
  EXPECT_EQ(answer_of(is_alive(health)).status, 503);
}

TEST(Readiness, SaysWhatKeepsTheRunFromItsWork) {
  using results::Freshness;
  const auto why = [](engine::Health health, Freshness freshness = Freshness::kUpToDate, bool is_stopping = false,
                      const std::string& problem = {}) {
    View view;
    view.freshness = freshness;
    view.problem = problem;
    const Verdict verdict = is_ready(health, view, is_stopping);
    EXPECT_EQ(verdict.is_good, verdict.why == "ready");
    return verdict.why;
  };
  engine::Health health = good();
  for (const Freshness good_enough :
       {Freshness::kUpToDate, Freshness::kCatchingUp, Freshness::kEndless, Freshness::kTransactionOpen})
    EXPECT_EQ(why(health, good_enough), "ready");
  health.store_wait = seconds(11);
  EXPECT_EQ(why(health, Freshness::kWaitingForStore), "the store has not done for 11 s what it was asked");
  health = good();
  health.stalled_for = kMaxStall * 2;
  EXPECT_THAT(why(health), HasSubstr("has not moved"));
  EXPECT_THAT(why({}, Freshness::kStarting), HasSubstr("starting"));
  EXPECT_THAT(why({.has_begun = true}, Freshness::kStarting), HasSubstr("which partitions"));
  EXPECT_THAT(why(good(), Freshness::kStarting), HasSubstr("not known yet"));
  EXPECT_THAT(why(good(), Freshness::kUpToDate, true), HasSubstr("stopping"));
  EXPECT_THAT(why(good(), Freshness::kEnded), HasSubstr("ended"));
  EXPECT_EQ(why(good(), Freshness::kWaitingForSource), "the source does not answer");
  // And nothing that says where it is.
  EXPECT_EQ(why(good(), Freshness::kWaitingForStore, false, "no route to 10.0.0.7, user shop"),
            "the store can't be read");
}

View view_with(int partitions) {
  RunInfo run_info{.version = "1.2", .source = "topic \"a\\b\"\nc", .store = "s", .unit = "messages"};
  run_info.definition.pipeline = "p";
  View view;
  view.run_info = std::make_shared<const RunInfo>(std::move(run_info));
  for (int i = 0; i < partitions; ++i) {
    results::PartitionStatus status;
    status.partition = i;
    status.range = source::PartitionRange{i, 0, 2'000 + i};
    status.lag = 1'000 + i;
    view.partitions.push_back(status);
  }
  return view;
}

std::size_t count_of(const std::string& text, std::string_view what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

TEST(Metrics, AreTextOfPrometheus) {
  View view = view_with(1);
  engine::Measurements measured;
  measured.flush_seconds.observe(0.0025);
  measured.flush_seconds.observe(61);
  engine::RunStatus run;
  run.counters.orders = 1'234'567'890'123;
  const std::string text = metrics_text({.view = view, .run = run, .measured = measured});
  EXPECT_THAT(text, HasSubstr("# TYPE salestream_orders_total counter\nsalestream_orders_total 1234567890123\n"));
  EXPECT_THAT(
      text, HasSubstr("salestream_pipeline_info{pipeline=\"p\",source=\"topic \\\"a\\\\b\\\"\\nc\",store=\"s\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("salestream_flush_duration_seconds_bucket{le=\"0.001\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("salestream_flush_duration_seconds_bucket{le=\"0.0025\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("salestream_flush_duration_seconds_bucket{le=\"60\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("salestream_flush_duration_seconds_bucket{le=\"+Inf\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("salestream_flush_duration_seconds_count 2\n"));
  EXPECT_THAT(text, HasSubstr("salestream_rejects_total{reason=\"invalid_json\"} 0\n"));
}

TEST(Metrics, SayNothingOfWhatIsNotKnown) {
  View view = view_with(1);
  EXPECT_THAT(metrics_text({.view = view}), Not(HasSubstr("salestream_store_orders_total")));
  EXPECT_THAT(metrics_text({.view = view}), Not(HasSubstr("salestream_lag_offsets ")));
  EXPECT_THAT(metrics_text({.view = view}), Not(HasSubstr("salestream_partition_lag_seconds{")));
  view.as_of_ms = view.lag_as_of_ms = 10'000;
  view.lag = 7;
  view.partitions[0].stored = core::PartitionProgress{.next_offset = 5, .last_timestamp_ms = 4'000};
  const std::string text = metrics_text({.view = view});
  EXPECT_THAT(text, HasSubstr("salestream_store_orders_total 0\n"));
  EXPECT_THAT(text, HasSubstr("salestream_lag_offsets 7\n"));
  EXPECT_THAT(text, HasSubstr("salestream_partition_lag_seconds{partition=\"0\"} 6\n"));
}

TEST(Metrics, TellOpenRejectsFromThoseThatWereSentAgain) {
  View view = view_with(1);
  view.as_of_ms = view.lag_as_of_ms = 10'000;
  EXPECT_THAT(metrics_text({.view = view}), Not(HasSubstr("open_rejects"))) << "it is not known";
  EXPECT_THAT(metrics_text({.view = view}), Not(HasSubstr("resent_rejects")));
  view.resent = rejects::ResentCount{7, 2};
  EXPECT_THAT(metrics_text({.view = view}), HasSubstr("\nsalestream_store_open_rejects 7\n"));
  EXPECT_THAT(metrics_text({.view = view}), HasSubstr("\nsalestream_store_resent_rejects 2\n"));
}

TEST(Metrics, SayOneStateAndCaughtUpInOneAlone) {
  View view = view_with(1);
  EXPECT_THAT(metrics_text({.view = view}), HasSubstr("\nsalestream_caught_up 0\n"));
  EXPECT_THAT(metrics_text({.view = view}), HasSubstr("\nsalestream_state{state=\"starting\"} 1\n"));
  view.freshness = results::Freshness::kUpToDate;
  const std::string text = metrics_text({.view = view});
  EXPECT_THAT(text, HasSubstr("\nsalestream_caught_up 1\n"));
  EXPECT_THAT(text, HasSubstr("\nsalestream_state{state=\"starting\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("\nsalestream_state{state=\"up_to_date\"} 1\n"));
}

TEST(Metrics, SaySourceUpUnderItsOldNameToo) {
  View view = view_with(1);
  EXPECT_THAT(metrics_text({.view = view}), HasSubstr("\nsalestream_source_up 1\n"));
  EXPECT_THAT(metrics_text({.view = view}), HasSubstr("\nsalestream_log_up 1\n"));
  view.is_source_silent = true;
  EXPECT_THAT(metrics_text({.view = view}), HasSubstr("\nsalestream_source_up 0\n"));
  EXPECT_THAT(metrics_text({.view = view}), HasSubstr("\nsalestream_log_up 0\n"));
}

TEST(Metrics, HaveABoundedNumberOfSeries) {
  const std::string text = metrics_text({.view = view_with(5'000)});
  EXPECT_EQ(count_of(text, "salestream_partition_lag_offsets{"), kMaxPartitionSeries);
  EXPECT_THAT(text, HasSubstr("salestream_partition_lag_offsets{partition=\"4999\"} 5999\n"));  // the furthest behind
  EXPECT_THAT(text, HasSubstr("salestream_partitions 5000\n"));
}

}  // namespace
}  // namespace salestream::web
