// SPDX-License-Identifier: Apache-2.0
// Readers of a Kafka topic as members of a consumer group: rebalances, commits, pauses, and the end.
#include "source/kafka.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <vector>

#include "source/test_kafka.h"

namespace salestream::source {
namespace {

using namespace fixture;

TEST_F(KafkaReaderTest, TwoReadersShareAGroupsPartitions) {
  create_topic(4);
  for (int p = 0; p < 4; ++p) produce(p, 50);
  const auto first = member("first");
  ASSERT_TRUE(wait_until({first.get()}, [&] { return have_read_everything({first.get()}); }));
  EXPECT_EQ(first->partitions(), (std::set<core::PartitionId>{0, 1, 2, 3}));

  const auto second = member("second");
  ASSERT_TRUE(wait_until({first.get(), second.get()},
                         [&] { return first->partitions().size() == 2 && second->partitions().size() == 2; }));
  for (int p = 0; p < 4; ++p) produce(p, 50);
  ASSERT_TRUE(wait_until({first.get(), second.get()}, [&] {
    return have_read_everything({first.get(), second.get()});
  }));

  EXPECT_TRUE(first->close().ok());
  ASSERT_TRUE(wait_until({second.get()}, [&] { return second->partitions().size() == 4; }));
  for (int p = 0; p < 4; ++p) produce(p, 50);
  ASSERT_TRUE(wait_until({second.get()}, [&] { return have_read_everything({second.get()}); }));
  EXPECT_TRUE(second->close().ok());
  expect_each_message_once();
}

TEST_F(KafkaReaderTest, AGroupThatDealsOutNothingYetIsWaitedForWithALine) {
  create_topic(1);
  KafkaReaderLimits limits;
  limits.usual_join = seconds(2);  // joining rarely takes longer; what was said meanwhile is true
  const auto silent = member("silent", {}, limits);
  const auto began = steady_clock::now();
  ASSERT_TRUE(wait_until({silent.get()}, [&] { return silent->partitions().size() == 1; }));
  const int said_before = times_logged(waiting_line());
  ASSERT_TRUE(poll_beyond(*silent, began + *limits.usual_join));
  EXPECT_EQ(times_logged(waiting_line()), said_before) << "it has its partitions";

  // It lives, and answers nothing any more.
  limits.usual_join = milliseconds(100);
  const auto next = member("next", {}, limits);
  ASSERT_TRUE(wait_until({next.get()}, [&] { return times_logged(waiting_line()) > said_before; }));
  EXPECT_TRUE(was_logged("until its session is over, 1500 ms after its end (session.timeout.ms)"));
  int polls = 0;
  ASSERT_TRUE(wait_until({next.get()}, [&] { return ++polls == 5; }));
  EXPECT_EQ(times_logged(waiting_line()), said_before + 1) << "once";
  ASSERT_TRUE(wait_until({silent.get(), next.get()},
                         [&] { return silent->partitions().size() + next->partitions().size() == 1; }));
  EXPECT_TRUE(silent->close().ok());
  EXPECT_TRUE(next->close().ok());
}

// librdkafka joins no group while no topic matches, and says only once that it is so.
TEST_F(KafkaReaderTest, AGroupIsNotWaitedForWhileTheTopicIsMissing) {
  create_topic(1);
  produce(0, 20);
  cluster().fail_topic(topic_, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  KafkaReaderLimits limits;
  limits.usual_join = seconds(1);
  const auto reading = member("only", {}, limits);
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return was_logged("topic " + topic_ + " does not exist at"); }));
  const int said_before = times_logged(waiting_line());  // none, unless metadata took that long
  ASSERT_TRUE(poll_beyond(*reading, steady_clock::now() + 2 * *limits.usual_join));
  EXPECT_EQ(times_logged(waiting_line()), said_before);
  cluster().fail_topic(topic_, RD_KAFKA_RESP_ERR_NO_ERROR);
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  EXPECT_TRUE(reading->close().ok());
  expect_each_message_once();
}

TEST_F(KafkaReaderTest, ErrorsOfTheGroupAndOfMetadataAreOutlived) {
  create_topic(1);
  produce(0, 20);
  cluster().fail_topic(topic_, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  cluster().fail(Request::kJoinGroup, {RD_KAFKA_RESP_ERR__TRANSPORT});
  const auto reading = member("only");
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return was_logged("topic " + topic_ + " does not exist at"); }));
  cluster().fail_topic(topic_, RD_KAFKA_RESP_ERR_NO_ERROR);
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  EXPECT_TRUE(reading->close().ok());
  expect_each_message_once();
}

TEST_F(KafkaReaderTest, ACommitThatFailsIsMadeUpForByTheNext) {
  create_topic(1);
  produce(0, 20);
  const auto reading = member("only");
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  cluster().fail(Request::kOffsetCommit, {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED});
  reading->save();
  reading->reader().commit({store_.progress.at(0)});
  produce(0, 20);
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  reading->save();
  EXPECT_TRUE(wait_until({reading.get()}, [&] {
    reading->reader().commit({store_.progress.at(0)});
    return group->committed(topic_) == 40;
  }));
  EXPECT_TRUE(reading->close().ok());
  expect_each_message_once();
}

// What the coordinator says to a member whose session has timed out.
TEST_F(KafkaReaderTest, ALostAssignmentIsReportedAsLostAndReadAgain) {
  create_topic(1);
  produce(0, 20);
  const auto reading = member("only");
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  reading->save();
  produce(0, 20);
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  const int revoked_before = reading->times_revoked;
  // One for this member, one for the quiet one, should that ask first.
  cluster().fail(Request::kHeartbeat, {RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID});
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return reading->times_lost > 0; }));
  cluster().stop_failing(Request::kHeartbeat);
  EXPECT_EQ(reading->times_revoked, revoked_before) << "nothing may be saved of partitions that others read";
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  EXPECT_TRUE(reading->close().ok());
  expect_each_message_once();
}

TEST_F(KafkaReaderTest, PausedPartitionsBringNothingUntilTheyAreAssignedAgain) {
  create_topic(2);
  produce(0, 20);
  produce(1, 20);
  const auto first = member("first");
  ASSERT_TRUE(wait_until({first.get()}, [&] { return have_read_everything({first.get()}); }));

  first->reader().set_paused(true);
  const int before = first->messages_polled;
  produce(0, 20);
  int polls = 0;
  ASSERT_TRUE(wait_until({first.get()}, [&] { return ++polls == 20; }));  // ten times as long as a fetch waits
  EXPECT_EQ(first->messages_polled, before);
  first->reader().set_paused(false);
  ASSERT_TRUE(wait_until({first.get()}, [&] { return have_read_everything({first.get()}); }));

  // A pause ends with its assignment.
  first->reader().set_paused(true);
  const auto second = member("second");
  ASSERT_TRUE(wait_until({first.get(), second.get()}, [&] { return second->partitions().size() == 1; }));
  produce(0, 20);
  produce(1, 20);
  ASSERT_TRUE(wait_until({first.get(), second.get()}, [&] {
    return have_read_everything({first.get(), second.get()});
  }));
  EXPECT_TRUE(first->close().ok());
  EXPECT_TRUE(second->close().ok());
  expect_each_message_once();
}

TEST_F(KafkaReaderTest, ClosingSavesAndEndsInTimeWhileTheCoordinatorIsUnavailable) {
  close_while([this] { cluster().set_down(kCoordinator); });
  cluster().set_up(kCoordinator);
}

TEST_F(KafkaReaderTest, ClosingSavesAndEndsInTimeWhileTheCoordinatorIsSilent) {
  close_while([this] { cluster().set_round_trip(kCoordinator, seconds(60)); });
  cluster().set_round_trip(kCoordinator, kRoundTrip);
}

}  // namespace
}  // namespace salestream::source
