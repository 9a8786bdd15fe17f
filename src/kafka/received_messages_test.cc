// SPDX-License-Identifier: Apache-2.0
#include "kafka/received_messages.h"

#include <gtest/gtest.h>

#include <memory>

namespace salestream::kafka {
namespace {

struct Message {
  std::size_t len = 0;
  std::size_t key_len = 0;
  bool is_error = false;
};
using Received = ReceivedMessages<std::unique_ptr<Message>>;

constexpr std::size_t kBatchMessages = 1000;
constexpr std::size_t kBatchBytes = 1 << 20;

void receive(Received& received, std::size_t count, std::size_t bytes) {
  std::vector<std::unique_ptr<Message>> messages;
  for (std::size_t i = 0; i < count; ++i) messages.push_back(std::make_unique<Message>(Message{bytes}));
  received.received(std::move(messages));
}

TEST(ReceivedMessages, UsualOnesAreAskedForAWholeBatchAtATime) {
  Received received(kBatchMessages, kBatchBytes);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(received.next_receive(), kBatchMessages);
    receive(received, kBatchMessages, 200);
    EXPECT_FALSE(received.is_a_batch());
  }
}

TEST(ReceivedMessages, BehindALongOneTheyAreAskedForOneByOne) {
  Received received(kBatchMessages, kBatchBytes);
  receive(received, 3, 8'000'000);
  EXPECT_TRUE(received.is_a_batch()) << "what librdkafka has stays there, and makes no room for more";
  EXPECT_EQ(received.next_receive(), 1U);
  receive(received, 1, 8'000'000);
  EXPECT_EQ(received.next_receive(), 1U);
  int times = 0;
  for (; received.next_receive() < kBatchMessages; ++times) receive(received, received.next_receive(), 200);
  EXPECT_LE(times, 6) << "and soon as many as before";
}

TEST(ReceivedMessages, AreABatchForAsLongAsTheirBytesAreHere) {
  Received received(kBatchMessages, kBatchBytes);
  receive(received, 2, kBatchBytes);
  EXPECT_TRUE(received.is_a_batch());
  EXPECT_EQ(received.take_front()->len, kBatchBytes);
  EXPECT_TRUE(received.is_a_batch());
  received.take_front();
  EXPECT_FALSE(received.is_a_batch());
  EXPECT_TRUE(received.empty());
  receive(received, 2, kBatchBytes);
  received.clear();
  EXPECT_FALSE(received.is_a_batch());
}

TEST(ReceivedMessages, SomeAreTakenAndTheRestStaysInItsOrder) {
  Received received(kBatchMessages, kBatchBytes);
  std::vector<std::unique_ptr<Message>> messages;
  for (const std::size_t size : {1, 2, 3, 4})
    messages.push_back(std::make_unique<Message>(Message{size, 0, size % 2 == 0}));
  received.received(std::move(messages));
  const auto taken = received.take_if([](const Message& message) { return message.is_error; });
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[0]->len, 2U);
  EXPECT_EQ(taken[1]->len, 4U);
  EXPECT_EQ(received.front().len, 1U);
  received.take_front();
  EXPECT_EQ(received.take_front()->len, 3U);
  EXPECT_TRUE(received.empty());
}

}  // namespace
}  // namespace salestream::kafka
