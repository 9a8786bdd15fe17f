// SPDX-License-Identifier: Apache-2.0
#include "spark/query_progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace salestream::spark {
namespace {

using testing::HasSubstr;

// As Spark Connect 3.5.7 hands it over.
constexpr std::string_view kProgress =
    R"({"id":"2a9782b1-39e5-486f-94d3-c83857e96dd0","runId":"66f12fd9-f40f-45f6-9de7-e91296b5ff6f",
"name":"salestream:sales:product_sales","timestamp":"2026-11-22T14:00:00.250Z","batchId":7,"batchDuration":1234,
"durationMs":{"triggerExecution":1234,"latestOffset":2},"eventTime":{},
"stateOperators":[{"operatorName":"stateStoreSave",
"numRowsTotal":20,"numRowsUpdated":3,"allUpdatesTimeMs":858,"memoryUsedBytes":5000,"customMetrics":{}}],
"sources":[{"description":"KafkaV2[Subscribe[orders]]","startOffset":"{\"orders\":{\"0\":10,\"1\":5}}",
"endOffset":"{\"orders\":{\"0\":100,\"1\":50}}","latestOffset":"{\"orders\":{\"0\":130,\"1\":61}}",
"numInputRows":135,"inputRowsPerSecond":500.5,"processedRowsPerSecond":109.4,
"metrics":{"avgOffsetsBehindLatest":"20.5"}}],"sink":{"description":"KafkaSink","numOutputRows":-1,"metrics":{}},
"observedMetrics":{"salestream":{"messages":135,"rejects_invalid_json":2,"ratio":0.5}}})";

// As Spark 3.5.7 writes it.
TEST(QueryProgress, ReadsMetricsThatAreARow) {
  const auto progress = parse_progress(
      R"({"batchId":1,"observedMetrics":{"salestream":{"values":[3000,2718,31],"schema":{"type":"struct","fields":[)"
      R"({"name":"messages","type":"long","nullable":false,"metadata":{}},{"name":"orders","type":"long"},)"
      R"({"name":"rejects_invalid_json","type":"long"},{"name":"one_more","type":"long"}]}}}})");
  ASSERT_TRUE(progress.ok());
  EXPECT_EQ(progress->metrics,
            (std::map<std::string, std::int64_t>{{"messages", 3000}, {"orders", 2718}, {"rejects_invalid_json", 31}}));
}

TEST(QueryProgress, ReadsWhatSparkTells) {
  const auto progress = parse_progress(kProgress);
  ASSERT_TRUE(progress.ok());
  EXPECT_EQ(progress->timestamp, "2026-11-22T14:00:00.250Z");
  EXPECT_EQ(progress->batch, 7);
  EXPECT_EQ(progress->batch_ms, 1234);
  EXPECT_EQ(progress->messages, 135);
  EXPECT_DOUBLE_EQ(progress->messages_per_second, 109.4);
  EXPECT_DOUBLE_EQ(progress->arriving_messages_per_second, 500.5);
  EXPECT_EQ(progress->state_rows, 20);
  EXPECT_EQ(progress->state_bytes, 5000);
  EXPECT_EQ(progress->next_offsets, 150);
  EXPECT_EQ(progress->end_offsets, 191);
  EXPECT_EQ(progress->lag_messages(), 41);
  EXPECT_EQ(progress->metrics, (std::map<std::string, std::int64_t>{{"messages", 135}, {"rejects_invalid_json", 2}}));
}

TEST(QueryProgress, WhatIsMissingIsNotKnown) {
  const auto progress = parse_progress(R"({"batchId": 0, "sources": [{"numInputRows": 3, "endOffset": null}, 5]})");
  ASSERT_TRUE(progress.ok());
  EXPECT_EQ(progress->messages, 3);
  EXPECT_EQ(progress->lag_messages(), std::nullopt);
}

TEST(QueryProgress, TheLagIsNeverNegative) {
  const auto progress =
      parse_progress(R"({"sources": [{"endOffset": {"t": {"0": 9}}, "latestOffset": {"t": {"0": 7}}}]})");
  ASSERT_TRUE(progress.ok());
  EXPECT_EQ(progress->lag_messages(), 0);
}

TEST(QueryProgress, SaysSoWhenItIsNoJson) {
  for (const std::string_view text : {"", "[]", "{", "null"}) {
    const auto progress = parse_progress(text);
    ASSERT_FALSE(progress.ok()) << text;
    EXPECT_THAT(progress.error().message, HasSubstr("no JSON object"));
  }
}

}  // namespace
}  // namespace salestream::spark
