// SPDX-License-Identifier: Apache-2.0
// A topic read with librdkafka's simple consumer, which knows no groups: it neither joins one nor saves an offset.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <utility>

#include "audit/reader.h"
#include "base/logging.h"
#include "kafka/admin.h"
#include "kafka/client.h"
#include "kafka/fetch_waker.h"

namespace salestream::audit {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kBatchMessages = 1000;
constexpr std::size_t kQueuedMessages = 30'000;  // fetched ahead
constexpr int kWaitMs = 200;
constexpr std::chrono::seconds kTimeout{60};  // with a broker that sends nothing

// A partition being consumed, until the end of the object.
class Consumer {
 public:
  Consumer(kafka::Client client, std::string topic, core::PartitionId partition)
      : client_(std::move(client)), name_(std::move(topic)), partition_(partition) {}
  ~Consumer() {
    for (rd_kafka_message_t* message : received_)
      if (message != nullptr) rd_kafka_message_destroy(message);
    if (is_started_) rd_kafka_consume_stop(topic_.get(), partition_);
  }
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  base::Status start(core::Offset begin) {
    SALESTREAM_ASSIGN(topic_, kafka::make_topic(client_.get(), name_));
    queue_.reset(rd_kafka_queue_new(client_.get()));
    if (rd_kafka_consume_start_queue(topic_.get(), partition_, begin, queue_.get()) != 0)
      return base::failure(fmt::format("reading topic {} partition {}: {}", name_, partition_,
                                       kafka::error_text(rd_kafka_last_error())));
    is_started_ = true;
    return {};
  }

  // What has come; after waiting for it a moment when nothing has. The messages are good until the next call.
  std::span<rd_kafka_message_t* const> poll() {
    for (std::size_t i = 0; i < count_; ++i) rd_kafka_message_destroy(std::exchange(received_[i], nullptr));
    count_ = receive(kBatchMessages, 0);
    if (count_ == 0) {
      rd_kafka_poll(client_.get(), 0);  // what librdkafka has to say
      count_ = receive(1, kWaitMs);     // for more than one it would wait until there are as many
    }
    wake_fetcher();
    return {received_.data(), count_};
  }

 private:
  std::size_t receive(std::size_t most, int wait_ms) {
    const ssize_t count = rd_kafka_consume_batch_queue(queue_.get(), wait_ms, received_.data(), most);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }

  void wake_fetcher() {
    if (waker_.is_due(rd_kafka_queue_length(queue_.get()))) kafka::wake_fetchers(client_.get(), name_, {partition_});
  }

  const kafka::Client client_;  // goes last
  const std::string name_;
  const core::PartitionId partition_;
  kafka::Topic topic_;
  kafka::Queue queue_;
  std::array<rd_kafka_message_t*, kBatchMessages> received_{};
  std::size_t count_ = 0;
  kafka::FetchWaker waker_{kQueuedMessages};
  bool is_started_ = false;
};

class KafkaReader final : public Reader {
 public:
  KafkaReader(std::string topic, kafka::Properties properties, std::unique_ptr<kafka::TopicAdmin> admin)
      : topic_(std::move(topic)), properties_(std::move(properties)), admin_(std::move(admin)) {}

  base::Result<std::vector<PartitionRange>> ranges() override {
    SALESTREAM_ASSIGN(const std::optional<int> count, admin_->partition_count());
    if (!count)
      return base::failure(fmt::format("topic {} does not exist at {}, so there is nothing to check the totals against",
                                       topic_, kafka::bootstrap_servers(properties_)));
    std::vector<PartitionRange> ranges;
    for (int p = 0; p < *count; ++p) {
      SALESTREAM_ASSIGN(const kafka::Watermarks marks, admin_->watermarks(p));
      ranges.push_back({p, marks.low, marks.high});
    }
    return ranges;
  }

  base::Result<core::Offset> read(core::PartitionId partition, core::Offset begin, core::Offset end,
                                  const OnMessage& on_message) override {
    if (begin >= end) return end;
    SALESTREAM_ASSIGN(kafka::Configuration configuration, kafka::make_configuration(properties_));
    kafka::set(configuration.get(), "enable.partition.eof", "true");
    kafka::set(configuration.get(), "auto.offset.reset", "error");
    kafka::set(configuration.get(), "isolation.level", "read_committed");
    SALESTREAM_ASSIGN(kafka::Client client, kafka::make_client(RD_KAFKA_CONSUMER, std::move(configuration)));
    Consumer consumer(std::move(client), topic_, partition);
    SALESTREAM_TRY(consumer.start(begin));

    core::Offset next = begin;
    auto last_heard = steady_clock::now();
    while (next < end) {
      const auto messages = consumer.poll();
      if (!messages.empty()) last_heard = steady_clock::now();
      if (steady_clock::now() - last_heard > kTimeout)
        return base::failure(
            fmt::format("reading {}: nothing came for {} s, and offset {} is not reached; the last "
                        "one that was read is {}",
                        place(partition), kTimeout.count(), end - 1, next - 1));
      for (const rd_kafka_message_t* message : messages) {
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
          if (message->offset < end) return std::max(next, message->offset);
          return end;  // what stands before it are no messages, but markers of transactions
        }
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
          SALESTREAM_TRY(judge(partition, *message));
          continue;
        }
        if (message->offset >= end) return end;
        SourceMessage taken;
        taken.offset = message->offset;
        taken.timestamp_ms = rd_kafka_message_timestamp(message, nullptr);
        taken.bytes = {static_cast<const char*>(message->payload), message->len};
        taken.key = {static_cast<const char*>(message->key), message->key_len};
        taken.is_null = message->payload == nullptr;
        SALESTREAM_TRY(on_message(taken));
        next = message->offset + 1;
      }
    }
    return end;
  }

  base::Result<bool> is_compacted() override {
    const auto policy = admin_->cleanup_policy();
    if (policy.ok()) return policy->find("compact") != std::string::npos;
    if (policy.error().kind == base::ErrorKind::kRetriable) return policy.error();
    base::log_warning(fmt::format("{}; messages that are gone are taken for expired, not for compacted away",
                                  base::printable(policy.error().message, 300)));
    return false;
  }

 private:
  std::string place(core::PartitionId partition) const {
    return fmt::format("topic {} partition {} at {}", topic_, partition, kafka::bootstrap_servers(properties_));
  }

  base::Status judge(core::PartitionId partition, const rd_kafka_message_t& message) const {
    const std::string text = rd_kafka_message_errstr(&message);
    switch (message.err) {
      case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
        return base::failure(
            fmt::format("reading {}: messages expired while they were read ({}); audit again to hold "
                        "against what is left of them",
                        place(partition), text));
      default: break;
    }
    if (!kafka::is_retriable(message.err)) return base::failure(fmt::format("reading {}: {}", place(partition), text));
    base::log_warning(fmt::format("reading {}: {}; trying again", place(partition), base::printable(text, 300)));
    return {};
  }

  const std::string topic_;
  const kafka::Properties properties_;
  const std::unique_ptr<kafka::TopicAdmin> admin_;
};

}  // namespace

base::Result<std::unique_ptr<Reader>> make_kafka_reader(const source::KafkaOptions& options) {
  kafka::Properties properties = options.properties;
  for (const char* of_groups : {"group.id", "group.instance.id", "group.protocol.type"}) properties.erase(of_groups);
  for (const auto& [name, value] : kafka::Properties{{"client.id", "salestream-audit"},
                                                     {"queued.min.messages", std::to_string(kQueuedMessages)},
                                                     {"queued.max.messages.kbytes", "16384"},
                                                     {"fetch.error.backoff.ms", "100"},
                                                     {"reconnect.backoff.max.ms", "2000"}})
    properties.try_emplace(name, value);
  SALESTREAM_ASSIGN(auto admin, kafka::TopicAdmin::connect(properties, options.topic));
  return std::unique_ptr<Reader>(std::make_unique<KafkaReader>(options.topic, std::move(properties), std::move(admin)));
}

}  // namespace salestream::audit
