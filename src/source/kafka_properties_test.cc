// SPDX-License-Identifier: Apache-2.0
#include "source/kafka_properties.h"

#include <gtest/gtest.h>

namespace salestream::source {
namespace {

std::string fetch_bytes(kafka::Properties properties) {
  return with_consumer_defaults(std::move(properties)).at("fetch.max.bytes");
}

TEST(KafkaProperties, AFetchHasAMebibyteOverAllPartitionsUnlessTheFileSaysOtherwise) {
  EXPECT_EQ(fetch_bytes({}), "1048576");
  EXPECT_EQ(fetch_bytes({{"fetch.max.bytes", "7"}}), "7");
}

TEST(KafkaProperties, AFetchIsNotSmallerThanTheLongestMessage) {
  EXPECT_EQ(fetch_bytes({{"message.max.bytes", "10000000"}}), "10000000");
  EXPECT_EQ(fetch_bytes({{"message.max.bytes", "2000"}}), "1048576");
  for (const char* bytes : {"10000000", "2000"})
    EXPECT_TRUE(kafka::make_client(RD_KAFKA_CONSUMER,
                                   make_consumer_configuration(
                                       with_consumer_defaults({{"message.max.bytes", bytes}, {"group.id", "g"}}))
                                       .value())
                    .ok())
        << bytes;
}

}  // namespace
}  // namespace salestream::source
