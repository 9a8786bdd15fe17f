// SPDX-License-Identifier: Apache-2.0
// The producer and its errors, with librdkafka's mock brokers.
#include "kafka/producer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "base/logging.h"
#include "kafka/admin.h"
#include "kafka/mock_cluster.h"

namespace salestream::kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr seconds kTimeout{30};

class ProducerTest : public testing::Test {
 protected:
  ProducerTest() {
    base::set_log_sink([](base::LogLevel, std::string_view) {});
    cluster_.create_topic("orders", 1);
  }
  ~ProducerTest() override { base::set_log_sink(nullptr); }

  std::unique_ptr<Producer> producer(const Properties& more = {}) {
    Properties properties = cluster_.properties();
    properties["reconnect.backoff.max.ms"] = "200";
    for (const auto& [name, value] : more) properties[name] = value;
    auto made = Producer::make(properties, "orders");
    EXPECT_TRUE(made.ok());
    return *std::move(made);
  }

  std::vector<std::string> content() {
    auto admin = TopicAdmin::connect(
        {{"bootstrap.servers", cluster_.properties().at("bootstrap.servers")}, {"group.id", "looks"}}, "orders");
    std::vector<std::string> payloads;
    for (std::int64_t offset = 0;; ++offset) {
      const auto found = (*admin)->message_at(0, offset);
      EXPECT_TRUE(found.ok());
      if (!found.ok() || !found->has_value()) return payloads;
      payloads.push_back((*found)->payload);
    }
  }

  MockCluster cluster_;
};

TEST_F(ProducerTest, SendsAgainInOrderWhatABrokerRefuses) {
  cluster_.fail(Request::kProduce, {RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                                    RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS});
  const auto producing = producer({{"batch.num.messages", "2"}});
  std::vector<std::string> wanted;
  for (int i = 0; i < 10; ++i) {
    wanted.push_back(fmt::format("order {}", i));
    ASSERT_TRUE(*producing->send({}, wanted.back(), kTimeout));
  }
  const auto flushed = producing->flush(kTimeout);
  ASSERT_TRUE(flushed.ok()) << flushed.error().message;
  EXPECT_TRUE(*flushed);
  EXPECT_EQ(producing->delivered(), 10);
  EXPECT_EQ(producing->waiting(), 0);
  EXPECT_EQ(content(), wanted);
}

TEST_F(ProducerTest, WaitsForABrokerThatIsUnavailable) {
  cluster_.set_down(MockCluster::kAllBrokers);
  const auto producing = producer({{"queue.buffering.max.messages", "3"}});
  for (const char* order : {"a", "b", "c"}) EXPECT_TRUE(*producing->send({}, order, milliseconds(0)));
  EXPECT_FALSE(*producing->send({}, "d", milliseconds(1))) << "the queue is full";
  EXPECT_FALSE(*producing->flush(milliseconds(1)));
  EXPECT_EQ(producing->waiting(), 3);
  cluster_.set_up(MockCluster::kAllBrokers);
  EXPECT_TRUE(*producing->flush(kTimeout));
  EXPECT_EQ(content(), (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(ProducerTest, GivesUpAfterTheTimeOfAMessage) {
  cluster_.set_down(MockCluster::kAllBrokers);
  const auto producing = producer({{"message.timeout.ms", "300"}});
  ASSERT_TRUE(*producing->send({}, "a", milliseconds(0)));
  const auto flushed = producing->flush(kTimeout);
  ASSERT_FALSE(flushed.ok());
  EXPECT_THAT(flushed.error().message,
              HasSubstr("did not take a message within message.timeout.ms; 0 are in the topic"));
  EXPECT_FALSE(producing->send({}, "b", milliseconds(0)).ok()) << "nothing more is sent";
}

TEST_F(ProducerTest, AMessageThatIsRefusedForGoodIsAnError) {
  cluster_.fail(Request::kProduce, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
  const auto producing = producer();
  ASSERT_TRUE(*producing->send({}, "a", milliseconds(0)));
  const auto flushed = producing->flush(kTimeout);
  ASSERT_FALSE(flushed.ok());
  EXPECT_THAT(flushed.error().message, HasSubstr("writing to topic orders: Kafka at "));
  EXPECT_THAT(flushed.error().message, HasSubstr("TOPIC_AUTHORIZATION_FAILED"));
}

TEST_F(ProducerTest, AFatalErrorEndsIt) {
  cluster_.fail(Request::kInitProducerId, {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED});
  const auto producing = producer();
  ASSERT_TRUE(*producing->send({}, "a", milliseconds(0)));
  const auto flushed = producing->flush(kTimeout);
  ASSERT_FALSE(flushed.ok());
  EXPECT_THAT(flushed.error().message, HasSubstr("writing to topic orders: the producer can't go on: "));
  EXPECT_THAT(flushed.error().message, HasSubstr("authorization"));
  EXPECT_FALSE(producing->send({}, "b", milliseconds(0)).ok());
}

TEST_F(ProducerTest, WhatWaitsIsDroppedAtItsEnd) {
  cluster_.set_down(MockCluster::kAllBrokers);
  const auto began = std::chrono::steady_clock::now();
  {
    const auto producing = producer();
    ASSERT_TRUE(*producing->send({}, "a", milliseconds(0)));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(10));
  cluster_.set_up(MockCluster::kAllBrokers);
  EXPECT_EQ(content(), std::vector<std::string>{});
}

}  // namespace
}  // namespace salestream::kafka
