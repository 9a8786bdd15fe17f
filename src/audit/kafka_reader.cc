// SPDX-License-Identifier: Apache-2.0
// A topic read with librdkafka's simple consumer, which knows no groups: it neither joins one nor saves an offset.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "audit/reader.h"
#include "base/logging.h"
#include "kafka/admin.h"
#include "kafka/client.h"
#include "kafka/fetch_waker.h"
#include "kafka/headers.h"
#include "kafka/receive.h"
#include "kafka/received_messages.h"

namespace salestream::audit {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kBatchBytes = 1 << 20;  // or kafka::kMostReceived: taken at once
constexpr int kWaitMs = 200;
constexpr std::chrono::seconds kTimeout{60};  // with a broker that sends nothing

// Fetched ahead, over all partitions that are read at once: 8 MiB, or 512 KiB of each where there are more than 16; and
// of each the longest message twice. Where messages have next to no bytes it is some 30 MB, or 1,000 messages of each,
// since one takes 250 bytes besides its own, of which no limit of librdkafka's knows.
struct FetchLimits {
  std::size_t queued_messages = 30'000, queued_kbytes = 8192, fetch_bytes = 512 << 10;

  FetchLimits for_each_of(std::size_t readers) const {
    return {std::max<std::size_t>(queued_messages / readers, 1000), std::max<std::size_t>(queued_kbytes / readers, 512),
            std::max<std::size_t>(fetch_bytes / readers, 64 << 10)};
  }
};

// A partition being consumed, until the end of the object.
class Consumer {
 public:
  Consumer(kafka::Client client, std::string topic, core::PartitionId partition, const kafka::FetchWaker& waker)
      : client_(std::move(client)), name_(std::move(topic)), partition_(partition), waker_(waker) {}
  ~Consumer() {
    left_.clear();
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

  // The next one that has come; after waiting for it a moment when none has, nothing.
  kafka::MessageHandle next() {
    if (left_.empty()) receive_some();
    return left_.empty() ? kafka::MessageHandle() : left_.take_front();
  }
  // Nothing has come since.
  bool is_silent_for(steady_clock::duration time) const {
    return silent_since_ && steady_clock::now() - *silent_since_ > time;
  }

 private:
  void receive_some() {
    receive(left_.next_receive(), 0);
    if (left_.empty()) {
      if (!silent_since_) silent_since_ = steady_clock::now();
      rd_kafka_poll(client_.get(), 0);  // what librdkafka has to say
      receive(1, kWaitMs);              // for more than one it would wait until there are as many
    }
    wake_fetcher();
  }

  void receive(std::size_t most, int wait_ms) {
    if (kafka::receive(queue_.get(), most, wait_ms, left_, waker_) > 0) silent_since_.reset();
  }

  void wake_fetcher() {
    if (waker_.is_due(rd_kafka_queue_length(queue_.get()))) kafka::wake_fetchers(client_.get(), name_, {partition_});
  }

  const kafka::Client client_;  // goes last
  const std::string name_;
  const core::PartitionId partition_;
  kafka::Topic topic_;
  kafka::Queue queue_;
  kafka::ReceivedMessages<kafka::MessageHandle> left_{kafka::kMostReceived, kBatchBytes};  // not read yet
  std::optional<steady_clock::time_point> silent_since_;
  kafka::FetchWaker waker_;
  bool is_started_ = false;
};

class KafkaReader final : public Reader {
 public:
  KafkaReader(const source::KafkaOptions& options, kafka::Properties properties,
              std::unique_ptr<kafka::TopicAdmin> admin)
      : topic_(options.topic),
        headers_(options.headers),
        properties_(std::move(properties)),
        admin_(std::move(admin)) {}

  base::Result<std::vector<PartitionRange>> ranges() override {
    SALESTREAM_ASSIGN(const std::optional<int> count, admin_->partition_count());
    if (!count)
      return base::failure(fmt::format("topic {} does not exist at {}, so there is nothing to check the totals against",
                                       topic_, kafka::bootstrap_servers(properties_)));
    SALESTREAM_ASSIGN(const std::vector<kafka::Watermarks> marks, admin_->all_watermarks(*count));
    std::vector<PartitionRange> ranges;
    for (int p = 0; p < *count; ++p) {
      const auto& [low, high] = marks[static_cast<std::size_t>(p)];
      ranges.push_back({p, low, high});
    }
    return ranges;
  }

  void expect_readers(std::size_t readers) override { readers_ = readers; }

  base::Result<core::Offset> read(core::PartitionId partition, core::Offset begin, core::Offset end,
                                  const OnMessage& on_message) override {
    if (begin >= end) return end;
    const FetchLimits limits = FetchLimits().for_each_of(readers_);
    kafka::Properties properties = properties_;
    properties.try_emplace("queued.min.messages", std::to_string(limits.queued_messages));
    properties.try_emplace("queued.max.messages.kbytes", std::to_string(limits.queued_kbytes));
    properties.try_emplace("fetch.message.max.bytes", std::to_string(limits.fetch_bytes));
    SALESTREAM_ASSIGN(kafka::Configuration configuration, kafka::make_configuration(properties));
    kafka::set(configuration.get(), "enable.partition.eof", "true");
    kafka::set(configuration.get(), "auto.offset.reset", "error");
    kafka::set(configuration.get(), "isolation.level", "read_committed");
    SALESTREAM_ASSIGN(kafka::Client client, kafka::make_client(RD_KAFKA_CONSUMER, std::move(configuration)));
    Consumer consumer(std::move(client), topic_, partition, kafka::FetchWaker::of(properties));
    SALESTREAM_TRY(consumer.start(begin));

    core::Offset next = begin;
    std::vector<std::optional<std::string_view>> headers;
    while (next < end) {
      const kafka::MessageHandle message = consumer.next();
      if (message == nullptr) {
        if (!consumer.is_silent_for(kTimeout)) continue;
        return base::failure(
            fmt::format("reading {}: nothing came for {} s, and offset {} is not reached; the last "
                        "one that was read is {}",
                        place(partition), kTimeout.count(), end - 1, next - 1));
      }
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
      taken.timestamp_ms = rd_kafka_message_timestamp(message.get(), nullptr);
      taken.bytes = {static_cast<const char*>(message->payload), message->len};
      taken.key = {static_cast<const char*>(message->key), message->key_len};
      taken.is_null = message->payload == nullptr;
      kafka::read_headers(*message, headers_, headers);
      taken.headers = headers;
      SALESTREAM_TRY(on_message(taken));
      next = message->offset + 1;
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
            fmt::format("reading {}: messages expired while they were read ({}); audit again to "
                        "compare with what is left",
                        place(partition), text));
      default: break;
    }
    if (!kafka::is_retriable(message.err)) return base::failure(fmt::format("reading {}: {}", place(partition), text));
    base::log_warning(fmt::format("reading {}: {}; trying again", place(partition), base::printable(text, 300)));
    return {};
  }

  const std::string topic_;
  const std::vector<std::string> headers_;
  const kafka::Properties properties_;
  std::size_t readers_ = 1;
  const std::unique_ptr<kafka::TopicAdmin> admin_;
};

}  // namespace

base::Result<std::unique_ptr<Reader>> make_kafka_reader(const source::KafkaOptions& options) {
  kafka::Properties properties = options.properties;
  for (const char* of_groups : {"group.id", "group.instance.id", "group.protocol.type"}) properties.erase(of_groups);
  for (const auto& [name, value] : kafka::Properties{
           {"client.id", "salestream-audit"}, {"fetch.error.backoff.ms", "100"}, {"reconnect.backoff.max.ms", "2000"}})
    properties.try_emplace(name, value);
  SALESTREAM_ASSIGN(auto admin, kafka::TopicAdmin::connect(properties, options.topic));
  return std::unique_ptr<Reader>(std::make_unique<KafkaReader>(options, std::move(properties), std::move(admin)));
}

}  // namespace salestream::audit
