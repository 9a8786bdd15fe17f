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
  const auto why = [](engine::Health health, const View& view = {}, bool is_stopping = false) {
    const Verdict verdict = is_ready(health, view, is_stopping);
    EXPECT_EQ(verdict.is_good, verdict.why == "ready");
    return verdict.why;
  };
  engine::Health health = good();
  EXPECT_EQ(why(health), "ready");
  health.store_wait = kMaxStoreWait;
  EXPECT_EQ(why(health), "ready");
  health.store_wait = kMaxStoreWait + seconds(1);
  EXPECT_EQ(why(health), "a flush or another request of the store has not succeeded for 11 s");
  health = good();
  health.stalled_for = kMaxStall * 2;
  EXPECT_THAT(why(health), HasSubstr("has not moved"));
  EXPECT_THAT(why({}), HasSubstr("starting"));
  EXPECT_THAT(why({.has_begun = true}), HasSubstr("which partitions"));
  EXPECT_THAT(why(good(), {}, true), HasSubstr("stopping"));
  View view;
  view.is_source_silent = true;
  EXPECT_EQ(why(good(), view), "the source does not answer");
  view = {};
  view.problem = "no route to 10.0.0.7, user shop";
  EXPECT_EQ(why(good(), view), "the store can't be read");  // and nothing that says where it is
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
  view.as_of_ms = 10'000;
  view.lag = 7;
  view.partitions[0].stored = core::PartitionProgress{.next_offset = 5, .last_timestamp_ms = 4'000};
  const std::string text = metrics_text({.view = view});
  EXPECT_THAT(text, HasSubstr("salestream_store_orders_total 0\n"));
  EXPECT_THAT(text, HasSubstr("salestream_lag_offsets 7\n"));
  EXPECT_THAT(text, HasSubstr("salestream_partition_lag_seconds{partition=\"0\"} 6\n"));
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
