// SPDX-License-Identifier: Apache-2.0
// Readers of a Kafka topic: what a batch has, errors of brokers, and offsets that are gone.
#include "source/kafka.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>

#include "source/test_kafka.h"

namespace salestream::source {
namespace {

using namespace fixture;
using testing::HasSubstr;

TEST_F(KafkaReaderTest, TheLastMessageComesOnceMore) {
  create_topic(1);
  produce(0, 10);
  stored(0, 4, 5);
  const auto reading = member("only");
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  EXPECT_EQ(reading->messages_polled, 6);  // 4, which is counted, and 5 to 9
}

// "order" and a line feed are six bytes.
KafkaReaderLimits three_messages() {
  KafkaReaderLimits limits;
  limits.batch_bytes = 20;
  return limits;
}

TEST_F(KafkaReaderTest, ABatchEndsAtItsBytesAndTheRestComesNext) {
  create_topic(2);
  produce(0, 100);
  produce(1, 100);
  const auto reading = member("only", {}, three_messages());
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  EXPECT_LE(reading->most_polled_at_once, 3U);
  EXPECT_GT(reading->most_polled_at_once, 1U);
  EXPECT_EQ(reading->messages_polled, 200);
  EXPECT_TRUE(reading->close().ok());
  expect_each_message_once();
}

TEST_F(KafkaReaderTest, WhatIsLeftOfABatchStaysWhilePaused) {
  create_topic(1);
  produce(0, 100);
  const auto reading = member("only", {}, three_messages());
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return reading->messages_polled > 0; }));
  const int polled = reading->messages_polled;
  reading->reader().set_paused(true);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(reading->poll().ok());
  EXPECT_EQ(reading->messages_polled, polled);
  reading->reader().set_paused(false);
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  EXPECT_TRUE(reading->close().ok());
  expect_each_message_once();
}

// What is left of a batch stands behind where the next assignment begins, when nothing of the one that was lost is
// saved.
TEST_F(KafkaReaderTest, WhatIsLeftOfABatchGoesWithItsPartitions) {
  create_topic(1);
  produce(0, 100);
  const auto reading = member("only", {}, three_messages());
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return reading->messages_polled > 0; }));
  ASSERT_FALSE(have_read_everything({reading.get()}));
  reading->reader().set_paused(true);
  // One for this member, one for the quiet one, should that ask first.
  cluster().fail(Request::kHeartbeat, {RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID});
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return reading->times_lost > 0; }));
  cluster().stop_failing(Request::kHeartbeat);
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  EXPECT_TRUE(reading->close().ok());
  expect_each_message_once();
}

TEST_F(KafkaReaderTest, ErrorsOfAFetchAreOutlived) {
  create_topic(2);
  produce(0, 20);
  const auto reading = member("only");
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return reading->next_offset(0) == 20; }));
  cluster().fail(Request::kFetch,
                 {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_UNKNOWN,
                  RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART});
  produce(0, 20);
  produce(1, 20);
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  EXPECT_TRUE(reading->close().ok());
  expect_each_message_once();
}

TEST_F(KafkaReaderTest, AFetchThatIsNotAllowedIsAnError) {
  create_topic(1);
  produce(0, 1);
  cluster().fail_topic(topic_, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  const auto reading = member("only");
  EXPECT_THAT(wait_for_error(*reading), HasSubstr("reading topic " + topic_ + " at "));
}

TEST_F(KafkaReaderTest, ALeaderThatIsUnavailableIsWaitedFor) {
  create_topic(1);
  produce(0, 20);
  const auto reading = member("only");
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  cluster().set_down(kLeader);
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return was_logged("trying again"); }));
  cluster().set_up(kLeader);
  produce(0, 20);
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  EXPECT_TRUE(reading->close().ok());
  expect_each_message_once();
}

// Offsets that are gone: offset_verdict_test.cc has all cases; these go through a broker.

TEST_F(KafkaReaderTest, GoesOnWhenOnlyCountedMessagesHaveExpired) {
  create_topic(1);
  produce_large(0, 8);
  const auto admin = kafka::TopicAdmin::connect(group_properties(cluster()), topic_);
  const core::Offset start = (*admin)->watermarks(0)->low;
  ASSERT_GT(start, 0);
  stored(0, start - 1, start);
  const auto reading = member("only");
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  EXPECT_TRUE(was_logged(fmt::format("what was counted has expired from it; going on at offset {}", start)));
}

TEST_F(KafkaReaderTest, GoesOnWhenCountedMessagesHaveExpiredFromAllPartitionsAtOnce) {
  constexpr int kPartitions = 8;
  create_topic(kPartitions);
  for (core::PartitionId id = 0; id < kPartitions; ++id) produce_large(id, 8);
  const auto admin = kafka::TopicAdmin::connect(group_properties(cluster()), topic_);
  for (core::PartitionId id = 0; id < kPartitions; ++id) {
    const core::Offset start = (*admin)->watermarks(id)->low;
    ASSERT_GT(start, 0);
    stored(id, start - 1, start);
  }
  const auto reading = member("only");
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
}

TEST_F(KafkaReaderTest, StopsWhenUncountedMessagesHaveExpired) {
  create_topic(1);
  produce_large(0, 8);
  stored(0, 0, 1);
  const auto reading = member("only");
  EXPECT_THAT(wait_for_error(*reading), HasSubstr("partition 0: the messages at offsets 1 to "));
}

TEST_F(KafkaReaderTest, StopsWhenAPartitionStaysShorterThanWhatWasCounted) {
  create_topic(1);
  produce(0, 10);
  stored(0, 49, 50);
  KafkaReaderLimits limits;
  limits.shorter_timeout = milliseconds(200);
  const auto reading = member("only", {}, limits);
  EXPECT_THAT(wait_for_error(*reading),
              HasSubstr("partition 0 ends at offset 10, and everything before 50 is in the "));
  EXPECT_TRUE(was_logged("is said to end at offset 10, and everything before 50 is in the store; asking again"));
}

TEST_F(KafkaReaderTest, GoesOnWhenAPartitionWasShorterForAMoment) {
  create_topic(1);
  produce(0, 10);
  stored(0, 14, 15);
  const auto reading = member("only");
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return was_logged("is said to end at offset 10"); }));
  produce(0, 10);
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  EXPECT_EQ(reading->messages_polled, 6) << "the last one is compared first";
}

TEST(KafkaSource, WhatComesBetweenTwoQuestionsIsNotHeldBack) {
  MockCluster cluster;
  cluster.create_topic("orders", 1);
  cluster.produce("orders", 0, {"order"});
  cluster.set_round_trip(1, milliseconds(20));
  const auto source = make_kafka_source({"orders", group_properties(cluster)});
  ASSERT_TRUE(source.ok());
  std::atomic<bool> stop{false};
  std::thread producing([&] {
    while (!stop) cluster.produce("orders", 0, {"order"});
  });
  for (int look = 0; look < 20; ++look) {
    const auto ranges = (*source)->ranges_with_held_back();
    EXPECT_TRUE(ranges.ok());
    if (!ranges.ok()) break;
    EXPECT_EQ(ranges->at(0).held_back, 0);
  }
  stop = true;
  producing.join();
}

}  // namespace
}  // namespace salestream::source
