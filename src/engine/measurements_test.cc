// SPDX-License-Identifier: Apache-2.0
// What is measured: buckets, ages of messages, signs of life.
#include "engine/measurements.h"

#include <gtest/gtest.h>

#include "engine/message_times.h"

namespace salestream::engine {
namespace {

constexpr std::array kBounds{0.1, 1.0, 10.0};

TEST(Histogram, CountsUpToEachBoundThatOneIncluded) {
  Histogram tested(kBounds);
  tested.observe(0.1);
  tested.observe(0.5, 3);
  tested.observe(10);
  tested.observe(11);
  ASSERT_EQ(tested.buckets(), 4U);
  EXPECT_EQ(tested.count(0), 1);
  EXPECT_EQ(tested.count(1), 3);
  EXPECT_EQ(tested.count(2), 1);
  EXPECT_EQ(tested.count(3), 1);
  EXPECT_DOUBLE_EQ(tested.sum(), 0.1 + 1.5 + 10 + 11);
}

TEST(Measurements, AddUp) {
  Measurements one, other;
  one.flush_seconds.observe(0.002);
  other.flush_seconds.observe(0.002);
  other.cells = 3;
  one.store_retries[1] = other.store_retries[1] = 2;
  one.add(other);
  EXPECT_EQ(one.flush_seconds.count(1), 2);
  EXPECT_EQ(one.cells, 3);
  EXPECT_EQ(one.store_retries[1], 4);
}

TEST(MessageTimes, EachMessageIsTimedRightTo2Percent) {
  MessageTimes times;
  constexpr std::int64_t kNow = 1'000'000'000;
  double expected_seconds = 0;
  int messages = 0;
  for (std::int64_t age_ms = 10'000'000; age_ms > 0; age_ms -= 1 + age_ms / 700) {  // caught up with, oldest first
    times.add(kNow - age_ms, kNow);
    expected_seconds += static_cast<double>(age_ms) / 1000;
    ++messages;
  }
  Histogram seconds(kLatencySeconds);
  times.observe(kNow, seconds);
  std::int64_t counted = 0;
  for (std::size_t i = 0; i < seconds.buckets(); ++i) counted += seconds.count(i);
  EXPECT_EQ(counted, messages);
  EXPECT_NEAR(seconds.sum(), expected_seconds, 0.02 * expected_seconds);
  EXPECT_LT(times.entries(), static_cast<std::size_t>(messages) / 2);
}

TEST(MessageTimes, TakesBoundedMemoryWhateverComes) {
  MessageTimes times;
  for (std::int64_t i = 0; i < 100'000; ++i) times.add(i % 2 == 0 ? 1 : 500'000, 1'000'000);
  EXPECT_LE(times.entries(), MessageTimes::kMaxEntries);
  Histogram seconds(kLatencySeconds);
  times.observe(1'000'000, seconds);
  EXPECT_EQ(seconds.count(kLatencySeconds.size() - 2) + seconds.count(kLatencySeconds.size() - 1), 100'000);
}

TEST(MessageTimes, KnowsNoAgeOfMessagesWithoutATimeAndNoNegativeOne) {
  MessageTimes times;
  times.add(-1, 5'000);
  times.add(9'000, 5'000);  // its producer's clock is ahead
  times.add(8'000, 5'000);
  Histogram seconds(kLatencySeconds);
  times.observe(5'000, seconds);
  EXPECT_EQ(seconds.count(0), 2);
  EXPECT_EQ(seconds.sum(), 0);
}

TEST(Heartbeat, TellSinceWhenTheStoreIsAsked) {
  Heartbeat heartbeat;
  EXPECT_FALSE(heartbeat.asking_since());
  heartbeat.begin(StoreWork::kFlush);
  const auto since = heartbeat.asking_since();
  heartbeat.begin(StoreWork::kLoad);
  heartbeat.begin(StoreWork::kFlush);  // the same question again
  heartbeat.count_retry(StoreWork::kFlush);
  EXPECT_EQ(heartbeat.asking_since(), since);
  EXPECT_EQ(heartbeat.retries(StoreWork::kFlush), 1);
  EXPECT_EQ(heartbeat.retries(StoreWork::kLoad), 0);
  heartbeat.end(StoreWork::kFlush);
  EXPECT_GE(heartbeat.asking_since(), since);
  heartbeat.end(StoreWork::kLoad);
  EXPECT_FALSE(heartbeat.asking_since());
}

}  // namespace
}  // namespace salestream::engine
