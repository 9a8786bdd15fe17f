// SPDX-License-Identifier: Apache-2.0
// Read with librdkafka's simple consumer, which knows no groups: it neither joins one nor saves an offset.
#include <fmt/format.h>

#include <chrono>
#include <utility>
#include <vector>

#include "base/logging.h"
#include "kafka/admin.h"
#include "kafka/client.h"
#include "source/first_messages.h"

namespace salestream::source {
namespace {

using std::chrono::steady_clock;

constexpr int kWaitMs = 200;

// The partitions of a topic being consumed from their beginning, until the end of the object.
class Consumer {
 public:
  Consumer(kafka::Client client, std::string topic) : client_(std::move(client)), name_(std::move(topic)) {}
  ~Consumer() {
    for (const std::int32_t partition : started_) rd_kafka_consume_stop(topic_.get(), partition);
  }
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  base::Status start(int partitions) {
    SALESTREAM_ASSIGN(topic_, kafka::make_topic(client_.get(), name_));
    queue_.reset(rd_kafka_queue_new(client_.get()));
    for (std::int32_t p = 0; p < partitions; ++p) {
      if (rd_kafka_consume_start_queue(topic_.get(), p, RD_KAFKA_OFFSET_BEGINNING, queue_.get()) != 0)
        return base::failure(
            fmt::format("reading topic {} partition {}: {}", name_, p, kafka::error_text(rd_kafka_last_error())));
      started_.push_back(p);
    }
    return {};
  }

  // After waiting for it a moment when none has come, nothing.
  kafka::MessageHandle next() {
    rd_kafka_poll(client_.get(), 0);
    return kafka::MessageHandle(rd_kafka_consume_queue(queue_.get(), kWaitMs));
  }

 private:
  const kafka::Client client_;  // goes last
  const std::string name_;
  kafka::Topic topic_;
  kafka::Queue queue_;
  std::vector<std::int32_t> started_;
};

base::Result<kafka::Client> make_consumer_client(const kafka::Properties& properties) {
  SALESTREAM_ASSIGN(kafka::Configuration configuration, kafka::make_configuration(properties));
  kafka::set(configuration.get(), "enable.partition.eof", "true");
  kafka::set(configuration.get(), "isolation.level", "read_committed");
  return kafka::make_client(RD_KAFKA_CONSUMER, std::move(configuration));
}

void append(const rd_kafka_message_t& from, core::MessageBatch& batch) {
  core::Message message;
  message.partition = from.partition;
  message.offset = from.offset;
  message.next_offset = from.offset + 1;
  message.timestamp_ms = rd_kafka_message_timestamp(&from, nullptr);
  batch.append(message, {static_cast<const char*>(from.payload), from.len},
               {static_cast<const char*>(from.key), from.key_len});
}

// Until a limit, or the end of each partition, or the time is up.
base::Status read_some(Consumer& consumer, int partitions, const std::string& where, const SampleLimits& limits,
                       core::MessageBatch& batch) {
  const steady_clock::time_point deadline = steady_clock::now() + limits.time;
  for (int ended = 0; ended < partitions && steady_clock::now() < deadline;) {
    const kafka::MessageHandle message = consumer.next();
    if (message == nullptr) continue;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      ++ended;
    } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      const std::string text = base::printable(rd_kafka_message_errstr(message.get()), 300);
      if (!kafka::is_retriable(message->err)) return base::failure(fmt::format("reading {}: {}", where, text));
      base::log_warning(fmt::format("reading {}: {}; trying again", where, text));
    } else if (message->payload != nullptr) {
      if (batch.payload_bytes() + message->len > limits.bytes) return {};
      append(*message, batch);
      if (batch.messages().size() == limits.messages) return {};
    }
  }
  return {};
}

}  // namespace

base::Result<core::MessageBatch> first_kafka_messages(const KafkaOptions& options, const SampleLimits& limits) {
  const std::string where = fmt::format("topic {} at {}", options.topic, kafka::bootstrap_servers(options.properties));
  SALESTREAM_ASSIGN(const auto admin, kafka::TopicAdmin::connect(options.properties, options.topic));
  SALESTREAM_ASSIGN(const std::optional<int> partitions, admin->partition_count());
  if (!partitions) return base::failure(fmt::format("{} does not exist", where));
  SALESTREAM_ASSIGN(kafka::Client client, make_consumer_client(options.properties));
  Consumer consumer(std::move(client), options.topic);
  SALESTREAM_TRY(consumer.start(*partitions));
  core::MessageBatch batch;
  SALESTREAM_TRY(read_some(consumer, *partitions, where, limits, batch));
  if (batch.messages().empty()) return base::failure(fmt::format("{} has no message to look at", where));
  return batch;
}

}  // namespace salestream::source
