// SPDX-License-Identifier: Apache-2.0
// A cluster of librdkafka's mock brokers in this process, for tests: they listen on ports of localhost, hold messages
// in memory, keep consumer groups and transactions, and fail as they are told. What they lack: CreateTopics, deleting
// topics, offsets by time, markers of transactions. One owner, one thread; a mistake in a test ends the process.
#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "kafka/client.h"
#include "kafka/producer.h"

namespace salestream::kafka {

// Kafka's numbers of its requests.
enum class Request : std::int16_t {
  kProduce = 0,
  kFetch = 1,
  kListOffsets = 2,
  kOffsetCommit = 8,
  kJoinGroup = 11,
  kHeartbeat = 12,
  kSyncGroup = 14,
  kInitProducerId = 22,
  kAddPartitionsToTransaction = 24,
  kEndTransaction = 26,
};

class MockCluster {
 public:
  static constexpr int kAllBrokers = -1;

  // Brokers are numbered from 1.
  explicit MockCluster(int brokers = 1)
      : client_(make_host()), cluster_(rd_kafka_mock_cluster_new(client_.get(), brokers)) {
    SALESTREAM_CHECK(cluster_ != nullptr);
  }

  Properties properties() const { return {{"bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster_.get())}}; }

  void create_topic(const std::string& topic, int partitions) {
    check(rd_kafka_mock_topic_create(cluster_.get(), topic.c_str(), partitions, 1));
  }

  // Each message has one of these as payload. A partition keeps its last 5 MB, as if by retention.
  void produce(const std::string& topic, std::int32_t partition, const std::vector<std::string>& payloads) {
    auto& producer = producers_[topic];
    if (producer == nullptr) {
      auto made = Producer::make(properties(), topic);
      SALESTREAM_CHECK(made.ok());
      producer = *std::move(made);
    }
    for (const std::string& payload : payloads) {
      const auto sent = producer->send(OutgoingMessage{{}, payload, {}, partition}, kTimeout);
      SALESTREAM_CHECK(sent.ok() && *sent);
    }
    const auto flushed = producer->flush(kTimeout);
    SALESTREAM_CHECK(flushed.ok() && *flushed);
  }

  // The next requests of this kind fail so, one after the other, whatever client and broker they are of.
  // RD_KAFKA_RESP_ERR__TRANSPORT: the broker breaks the connection.
  void fail(Request request, const std::vector<rd_kafka_resp_err_t>& errors) {
    rd_kafka_mock_push_request_errors_array(cluster_.get(), static_cast<std::int16_t>(request), errors.size(),
                                            errors.data());
  }
  void stop_failing(Request request) {
    rd_kafka_mock_clear_request_errors(cluster_.get(), static_cast<std::int16_t>(request));
  }
  // What metadata says of the topic.
  void fail_topic(const std::string& topic, rd_kafka_resp_err_t error) {
    rd_kafka_mock_topic_set_error(cluster_.get(), topic.c_str(), error);
  }

  void set_down(int broker) { check(rd_kafka_mock_broker_set_down(cluster_.get(), broker)); }
  void set_up(int broker) { check(rd_kafka_mock_broker_set_up(cluster_.get(), broker)); }
  // How long each of the broker's answers takes.
  void set_round_trip(int broker, std::chrono::milliseconds time) {
    check(rd_kafka_mock_broker_set_rtt(cluster_.get(), broker, static_cast<int>(time.count())));
  }
  void set_leader(const std::string& topic, std::int32_t partition, int broker) {
    check(rd_kafka_mock_partition_set_leader(cluster_.get(), topic.c_str(), partition, broker));
  }
  void set_coordinator(const std::string& group, int broker) {
    check(rd_kafka_mock_coordinator_set(cluster_.get(), "group", group.c_str(), broker));
  }

 private:
  static constexpr std::chrono::seconds kTimeout{30};

  static Client make_host() {
    auto client = make_client(RD_KAFKA_PRODUCER, Configuration(rd_kafka_conf_new()));
    SALESTREAM_CHECK(client.ok());
    return *std::move(client);
  }
  static void check(rd_kafka_resp_err_t code) { SALESTREAM_CHECK(code == RD_KAFKA_RESP_ERR_NO_ERROR); }

  const Client client_;  // the brokers live in it
  const std::unique_ptr<rd_kafka_mock_cluster_t, Deleter<rd_kafka_mock_cluster_t, rd_kafka_mock_cluster_destroy>>
      cluster_;
  std::map<std::string, std::unique_ptr<Producer>> producers_;  // of topics
};

}  // namespace salestream::kafka
