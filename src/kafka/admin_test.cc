// SPDX-License-Identifier: Apache-2.0
// Questions about a topic, to librdkafka's mock brokers.
#include "kafka/admin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/logging.h"
#include "kafka/mock_cluster.h"
#include "kafka/refusing_port.h"

namespace salestream::kafka {
namespace {

using testing::HasSubstr;

class TopicAdminTest : public testing::Test {
 protected:
  TopicAdminTest() {
    base::set_log_sink([](base::LogLevel, std::string_view) {});
  }
  ~TopicAdminTest() override { base::set_log_sink(nullptr); }

  std::unique_ptr<TopicAdmin> connect() {
    Properties properties = cluster_.properties();
    properties["group.id"] = "g";
    auto admin = TopicAdmin::connect(properties, "orders");
    EXPECT_TRUE(admin.ok());
    return *std::move(admin);
  }

  MockCluster cluster_;
};

TEST_F(TopicAdminTest, TellsWhatATopicHolds) {
  cluster_.create_topic("orders", 3);
  cluster_.produce("orders", 1, {"a", "b", "c"});
  const auto admin = connect();
  EXPECT_EQ(*admin->partition_count(), 3);
  const auto marks = admin->watermarks(1);
  ASSERT_TRUE(marks.ok()) << marks.error().message;
  EXPECT_EQ(marks->low, 0);
  EXPECT_EQ(marks->high, 3);
  EXPECT_EQ(admin->watermarks(0)->high, 0);
  EXPECT_FALSE(admin->cluster_id()->empty());
}

TEST_F(TopicAdminTest, TellsTheEndsOfAllPartitionsAtOnce) {
  constexpr int kPartitions = 50;
  cluster_.create_topic("orders", kPartitions);
  cluster_.produce("orders", 1, {"a", "b", "c"});
  cluster_.produce("orders", 49, {"a"});
  const auto admin = connect();
  ASSERT_TRUE(admin->watermarks(0).ok()) << "the leaders are known from here on";
  constexpr auto kRoundTrip = std::chrono::milliseconds(100);
  cluster_.set_round_trip(1, kRoundTrip);
  const auto began = std::chrono::steady_clock::now();
  const auto marks = admin->all_watermarks(kPartitions);
  EXPECT_LT(std::chrono::steady_clock::now() - began, kPartitions * kRoundTrip / 2) << "not one after the other";
  ASSERT_TRUE(marks.ok()) << marks.error().message;
  ASSERT_EQ(marks->size(), std::size_t{kPartitions});
  for (int p = 0; p < kPartitions; ++p) {
    const int messages = p == 1 ? 3 : p == 49 ? 1 : 0;
    EXPECT_EQ(marks->at(static_cast<std::size_t>(p)).low, 0);
    EXPECT_EQ(marks->at(static_cast<std::size_t>(p)).high, messages) << p;
  }
  const auto ends = admin->log_ends(kPartitions);
  ASSERT_TRUE(ends.ok()) << ends.error().message;
  EXPECT_EQ(ends->at(1), 3);
  EXPECT_EQ(ends->at(49), 1);
  EXPECT_TRUE(admin->all_watermarks(0)->empty());
  EXPECT_FALSE(admin->all_watermarks(kPartitions + 1).ok()) << "no such partition";
}

TEST_F(TopicAdminTest, AnAnswerOfABrokerIsNotTakenForSilence) {
  cluster_.create_topic("orders", 1);
  const auto admin = connect();
  ASSERT_TRUE(admin->watermarks(0).ok());
  cluster_.fail(Request::kListOffsets, std::vector(100, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR));
  const auto marks = admin->watermarks(0);
  ASSERT_FALSE(marks.ok());
  EXPECT_EQ(marks.error().kind, base::ErrorKind::kRetriable);
  EXPECT_THAT(marks.error().message, HasSubstr("asking for the ends of partition 0 of topic orders: Kafka at "));
  EXPECT_THAT(marks.error().message, testing::EndsWith("; this may pass"));
}

TEST_F(TopicAdminTest, ReadsOneMessage) {
  cluster_.create_topic("orders", 2);
  cluster_.produce("orders", 0, {"a", "b", "c"});
  const auto admin = connect();
  for (const auto& [offset, payload] : std::map<std::int64_t, std::string>{{2, "c"}, {0, "a"}, {1, "b"}}) {
    const auto found = admin->message_at(0, offset);
    ASSERT_TRUE(found.ok()) << found.error().message;
    ASSERT_TRUE(found->has_value());
    EXPECT_EQ((*found)->offset, offset);
    EXPECT_EQ((*found)->payload, payload);
  }
  EXPECT_FALSE(admin->message_at(0, 3)->has_value()) << "the end";
  EXPECT_FALSE(admin->message_at(1, 0)->has_value()) << "an empty partition";
}

TEST_F(TopicAdminTest, AnExpiredMessageIsAnsweredByTheNext) {
  cluster_.create_topic("orders", 1);
  cluster_.produce("orders", 0, std::vector<std::string>(8, std::string(900'000, 'x')));
  const auto admin = connect();
  const auto marks = admin->watermarks(0);
  ASSERT_TRUE(marks.ok()) << marks.error().message;
  ASSERT_GT(marks->low, 0);
  const auto found = admin->message_at(0, 0);
  ASSERT_TRUE(found.ok()) << found.error().message;
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->offset, marks->low);
}

TEST_F(TopicAdminTest, AnErrorOfMetadataNamesTheTopicAndTheServers) {
  cluster_.create_topic("orders", 1);
  cluster_.fail_topic("orders", RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  const auto count = connect()->partition_count();
  ASSERT_FALSE(count.ok());
  EXPECT_EQ(count.error().kind, base::ErrorKind::kFailure);
  EXPECT_THAT(count.error().message, HasSubstr("looking at topic orders: Kafka at " +
                                               cluster_.properties().at("bootstrap.servers") + " says: "));
}

TEST_F(TopicAdminTest, ARefusedConnectionIsSaidAtOnceAndOnlyOnce) {
  const RefusingPort port;
  int lines = 0;
  base::set_log_sink([&](base::LogLevel level, std::string_view) { lines += level == base::LogLevel::kDebug ? 0 : 1; });
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 2; ++i) {
    const auto admin = TopicAdmin::connect({{"bootstrap.servers", port.address()}, {"group.id", "g"}}, "orders");
    ASSERT_TRUE(admin.ok());
    const auto asked =
        i == 0 ? base::Status((*admin)->partition_count().error()) : base::Status((*admin)->create_topic(1, 1).error());
    EXPECT_EQ(asked.error().kind, base::ErrorKind::kRetriable);
    EXPECT_THAT(asked.error().message, HasSubstr(" topic orders: no answer from Kafka at " + port.address() +
                                                 ": Connection refused; is the broker running"));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, kAdminTimeout / 2);
  EXPECT_EQ(lines, 0) << "the error says it";
}

TEST_F(TopicAdminTest, ABrokerThatAnswersSlowlyIsWaitedFor) {
  cluster_.create_topic("orders", 2);
  cluster_.set_round_trip(1, std::chrono::milliseconds(400));
  EXPECT_EQ(*connect()->partition_count(), 2);
}

TEST_F(TopicAdminTest, ABrokerThatDoesNotSayTheCleanupPolicyIsAnError) {
  cluster_.create_topic("orders", 1);
  const auto policy = connect()->cleanup_policy();  // the mock cluster has no DescribeConfigs
  ASSERT_FALSE(policy.ok());
  EXPECT_THAT(policy.error().message, HasSubstr("asking for the configuration of topic orders: "));
}

TEST_F(TopicAdminTest, ATopicThatDoesNotExistHasNoCount) {
  cluster_.create_topic("orders", 1);
  cluster_.fail_topic("orders", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  const auto count = connect()->partition_count();
  ASSERT_TRUE(count.ok()) << count.error().message;
  EXPECT_FALSE(count->has_value());
}

}  // namespace
}  // namespace salestream::kafka
