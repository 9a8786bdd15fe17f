// SPDX-License-Identifier: Apache-2.0
// What the program's clients do around librdkafka's faults, with its mock brokers.
#include "kafka/client.h"

#include <gtest/gtest.h>

#include "base/logging.h"
#include "kafka/mock_cluster.h"

namespace salestream::kafka {
namespace {

TEST(KafkaClient, AssignsAgainAtOnce) {
  base::set_log_sink([](base::LogLevel, std::string_view) {});
  constexpr int kPartitions = 4;
  MockCluster cluster;
  cluster.create_topic("orders", kPartitions);
  Properties properties = cluster.properties();
  properties["group.id"] = "g";
  auto configuration = make_configuration(properties);
  ASSERT_TRUE(configuration.ok());
  const auto client = make_client(RD_KAFKA_CONSUMER, *std::move(configuration));
  ASSERT_TRUE(client.ok());
  const PartitionList partitions(rd_kafka_topic_partition_list_new(kPartitions));
  for (int id = 0; id < kPartitions; ++id)
    rd_kafka_topic_partition_list_add(partitions.get(), "orders", id)->offset = 0;
  for (int turn = 0; turn < 100; ++turn) ASSERT_EQ(assign(client->get(), partitions.get()), RD_KAFKA_RESP_ERR_NO_ERROR);
  EXPECT_EQ(assign(client->get(), nullptr), RD_KAFKA_RESP_ERR_NO_ERROR);
  base::set_log_sink(nullptr);
}

}  // namespace
}  // namespace salestream::kafka
