// SPDX-License-Identifier: Apache-2.0
// Transactions and their errors, with librdkafka's mock brokers, which write no markers: how many messages a topic has
// tells what was sent, not what was committed.
#include "kafka/transaction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/logging.h"
#include "kafka/mock_cluster.h"

namespace salestream::kafka {
namespace {

using Kind = TransactionOutcome::Kind;
using testing::HasSubstr;

class TransactionTest : public testing::Test {
 protected:
  TransactionTest() {
    base::set_log_sink([](base::LogLevel, std::string_view) {});
    cluster_.create_topic("orders", 1);
  }
  ~TransactionTest() override { base::set_log_sink(nullptr); }

  std::unique_ptr<TransactionalProducer> producer() {
    auto made = TransactionalProducer::make(cluster_.properties(), "orders", "resend");
    EXPECT_TRUE(made.ok());
    const base::Status taken_over = (*made)->take_over();
    EXPECT_TRUE(taken_over.ok()) << taken_over.error().message;
    return *std::move(made);
  }

  static TransactionOutcome send(TransactionalProducer& producer, int messages) {
    const OutgoingMessage message{{}, "order", {}, 0};
    int left = messages;
    return producer.send([&]() -> const OutgoingMessage* { return left-- > 0 ? &message : nullptr; });
  }

  MockCluster cluster_;
};

TEST_F(TransactionTest, Commits) {
  const auto sending = producer();
  for (int i = 0; i < 2; ++i) {
    const TransactionOutcome outcome = send(*sending, 3);
    EXPECT_EQ(outcome.kind, Kind::kCommitted) << outcome.why;
  }
}

TEST_F(TransactionTest, OutlivesErrorsThatPass) {
  const auto sending = producer();
  cluster_.fail(Request::kProduce, {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION});
  cluster_.fail(Request::kEndTransaction,
                {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_NOT_COORDINATOR});
  const TransactionOutcome outcome = send(*sending, 3);
  EXPECT_EQ(outcome.kind, Kind::kCommitted) << outcome.why;
}

TEST_F(TransactionTest, ARefusedMessageAbortsIt) {
  const auto sending = producer();
  cluster_.fail(Request::kProduce, {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
  const TransactionOutcome outcome = send(*sending, 3);
  EXPECT_EQ(outcome.kind, Kind::kNothingSent);
  EXPECT_THAT(outcome.why, HasSubstr("writing to topic orders: a message is larger than message.max.bytes allows"));
  const TransactionOutcome next = send(*producer(), 3);
  EXPECT_EQ(next.kind, Kind::kCommitted) << next.why;
}

// The mock brokers themselves shut nobody out.
TEST_F(TransactionTest, AProducerThatWasShutOutSendsNothing) {
  const auto sending = producer();
  cluster_.fail(Request::kAddPartitionsToTransaction, {RD_KAFKA_RESP_ERR_PRODUCER_FENCED});
  for (int i = 0; i < 2; ++i) {
    const TransactionOutcome outcome = send(*sending, 1);
    EXPECT_EQ(outcome.kind, Kind::kNothingSent);
    EXPECT_THAT(outcome.why, HasSubstr("another one has begun to do the same meanwhile"));
  }
}

TEST_F(TransactionTest, AFatalErrorOfACommitLeavesItUnknown) {
  const auto sending = producer();
  cluster_.fail(Request::kEndTransaction, {RD_KAFKA_RESP_ERR_PRODUCER_FENCED});
  const TransactionOutcome outcome = send(*sending, 1);
  EXPECT_EQ(outcome.kind, Kind::kUnknown);
  EXPECT_THAT(outcome.why, HasSubstr("another one has begun to do the same meanwhile"));
  EXPECT_EQ(send(*sending, 1).kind, Kind::kNothingSent) << "it can't begin another one";
}

}  // namespace
}  // namespace salestream::kafka
