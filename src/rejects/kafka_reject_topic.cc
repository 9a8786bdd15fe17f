// SPDX-License-Identifier: Apache-2.0
#include "rejects/kafka_reject_topic.h"

#include <fmt/format.h>

#include <utility>

#include "kafka/producer.h"
#include "rejects/headers.h"

namespace salestream::rejects {
namespace {

// For a queue that is full: then what is in it is on its way.
constexpr std::chrono::milliseconds kQueueWait{60'000};

class KafkaRejectTopic final : public engine::RejectTopic {
 public:
  KafkaRejectTopic(std::string where, std::string pipeline, std::string source,
                   std::unique_ptr<kafka::Producer> producer)
      : where_(std::move(where)),
        pipeline_(std::move(pipeline)),
        source_(std::move(source)),
        producer_(std::move(producer)) {}

  std::string where() const override { return where_; }

  base::Status put(std::span<const core::Reject> rejects) override {
    for (const core::Reject& reject : rejects) {
      const std::vector<kafka::Header> headers = reject_headers(pipeline_, source_, reject);
      kafka::OutgoingMessage message;
      if (!reject.key.empty()) message.key = reject.key;
      if (!reject.is_null) message.payload = reject.message;
      message.headers = headers;
      SALESTREAM_ASSIGN(const bool is_queued, told(producer_->send(message, kQueueWait)));
      if (!is_queued) return base::failure(where_ + " takes no rejects: its queue stays full");
    }
    return {};
  }

  base::Result<bool> has_all(std::chrono::milliseconds wait) override { return told(producer_->flush(wait)); }

 private:
  // What a person can do about an error of the producer.
  base::Result<bool> told(base::Result<bool> outcome) const {
    if (outcome.ok()) return outcome;
    return base::failure(fmt::format(
        "rejects.topic: {}. Nothing that was counted is lost: set that right (`salestream init PIPELINE` makes the "
        "topic), or leave `rejects` out of the pipeline file, and start again",
        outcome.error().message));
  }

  const std::string where_;
  const std::string pipeline_;
  const std::string source_;
  const std::unique_ptr<kafka::Producer> producer_;
};

}  // namespace

base::Result<std::unique_ptr<engine::RejectTopic>> make_kafka_reject_topic(const source::KafkaOptions& options,
                                                                           const std::string& pipeline,
                                                                           const std::string& source) {
  std::map<std::string, std::string> properties = options.properties;
  properties.try_emplace("client.id", "salestream-rejects");
  // A broker that is unavailable is waited for: the flush waits too, so nothing piles up. What is queued is bounded
  // already, by rejects_in_memory; and whether a message is too large, the topic knows.
  if (!properties.contains("delivery.timeout.ms")) properties.try_emplace("message.timeout.ms", "0");
  properties["queue.buffering.max.kbytes"] = "2097151";
  properties["queue.buffering.max.messages"] = "10000000";
  properties.try_emplace("message.max.bytes", "1000000000");
  SALESTREAM_ASSIGN(auto producer, kafka::Producer::make(properties, options.topic));
  const auto servers = properties.find("bootstrap.servers");
  return std::unique_ptr<engine::RejectTopic>(std::make_unique<KafkaRejectTopic>(
      fmt::format("topic {} at {}", options.topic, servers == properties.end() ? "Kafka" : servers->second), pipeline,
      source, std::move(producer)));
}

}  // namespace salestream::rejects
