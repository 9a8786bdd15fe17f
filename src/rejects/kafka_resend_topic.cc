// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "base/logging.h"
#include "kafka/admin.h"
#include "kafka/client.h"
#include "rejects/headers.h"
#include "rejects/resend_topic.h"

namespace salestream::rejects {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr int kPollMs = 200;
constexpr seconds kTimeout{60};  // with a broker that sends nothing, or a transaction of somebody else's
constexpr seconds kLineEvery{5};

bool is_of(const rd_kafka_message_t& message, const std::string& resend) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
  const void* value = nullptr;
  std::size_t size = 0;
  if (rd_kafka_header_get_last(headers, kResendHeader, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
  return std::string_view(static_cast<const char*>(value), size) == resend;
}

class KafkaResendTopic final : public ResendTopic {
 public:
  KafkaResendTopic(source::KafkaOptions options, std::string pipeline, std::string source,
                   std::unique_ptr<kafka::TopicAdmin> admin, std::unique_ptr<kafka::TransactionalProducer> producer)
      : options_(std::move(options)),
        servers_(kafka::bootstrap_servers(options_.properties)),
        pipeline_(std::move(pipeline)),
        source_(std::move(source)),
        admin_(std::move(admin)),
        producer_(std::move(producer)) {}

  base::Status take_over() override {
    SALESTREAM_ASSIGN(const auto partitions, admin_->partition_count());
    if (!partitions)
      return base::failure(fmt::format("there is no topic {} at {} to send rejects to", options_.topic, servers_));
    return producer_->take_over();
  }

  base::Result<std::vector<store::PartitionEnd>> ends(std::span<const core::PartitionId> partitions) override {
    std::vector<store::PartitionEnd> ends;
    for (const core::PartitionId partition : partitions) {
      SALESTREAM_ASSIGN(const kafka::Watermarks marks, admin_->watermarks(partition));
      ends.push_back({partition, marks.high});
    }
    return ends;
  }

  base::Result<Found> find(const std::string& resend, std::span<const store::PartitionEnd> from) override {
    SALESTREAM_ASSIGN(const std::optional<int> partitions, admin_->partition_count());
    bool is_all_there = true;
    std::map<core::PartitionId, Range> ranges;
    for (const store::PartitionEnd& begin : from) {
      if (begin.partition >= partitions.value_or(0)) {
        is_all_there = false;
        continue;
      }
      SALESTREAM_ASSIGN(const kafka::Watermarks marks, admin_->watermarks(begin.partition));
      // Expired since, or a topic that was recreated.
      is_all_there = is_all_there && marks.low <= begin.end && begin.end <= marks.high;
      const core::Offset start = std::clamp(begin.end, marks.low, marks.high);
      if (start < marks.high) ranges[begin.partition] = {start, marks.high};
    }
    SALESTREAM_ASSIGN(const bool is_there, read_for(resend, std::move(ranges)));
    if (is_there) return Found::kSent;
    return is_all_there ? Found::kNotSent : Found::kUnknown;
  }

  kafka::TransactionOutcome send(std::span<const core::Reject> rejects, const std::string& resend) override {
    std::vector<kafka::Header> headers;
    kafka::OutgoingMessage message;
    std::size_t next = 0;
    return producer_->send([&]() -> const kafka::OutgoingMessage* {
      if (next == rejects.size()) return nullptr;
      const core::Reject& reject = rejects[next++];
      headers = resend_headers(pipeline_, source_, reject, resend);
      message = {};
      if (!reject.key.empty()) message.key = reject.key;
      message.payload = reject.message;
      message.headers = headers;
      message.partition = reject.partition;
      return &message;
    });
  }

 private:
  struct Range {
    core::Offset next;
    core::Offset end;
  };

  // Whether a committed message of the resend stands in one of the ranges.
  base::Result<bool> read_for(const std::string& resend, std::map<core::PartitionId, Range> ranges) {
    if (ranges.empty()) return false;
    SALESTREAM_ASSIGN(kafka::Configuration configuration, kafka::make_configuration(reader_properties()));
    kafka::set(configuration.get(), "enable.partition.eof", "true");
    kafka::set(configuration.get(), "enable.auto.commit", "false");
    kafka::set(configuration.get(), "auto.offset.reset", "error");
    kafka::set(configuration.get(), "isolation.level", "read_committed");
    SALESTREAM_ASSIGN(const kafka::Client client, kafka::make_client(RD_KAFKA_CONSUMER, std::move(configuration)));
    rd_kafka_poll_set_consumer(client.get());
    const kafka::PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(ranges.size())));
    for (const auto& [partition, range] : ranges)
      rd_kafka_topic_partition_list_add(list.get(), options_.topic.c_str(), partition)->offset = range.next;
    if (const auto code = kafka::assign(client.get(), list.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR)
      return base::failure(
          fmt::format("reading topic {} at {}: {}", options_.topic, servers_, kafka::error_text(code)));

    auto last_heard = steady_clock::now(), last_line = last_heard;
    while (!ranges.empty()) {
      const auto now = steady_clock::now();
      const kafka::MessageHandle message(rd_kafka_consumer_poll(client.get(), kPollMs));
      if (message) {
        const auto at = ranges.find(message->partition);
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
          if (is_of(*message, resend)) return true;
          last_heard = now;
          if (at != ranges.end() && (at->second.next = message->offset + 1) >= at->second.end) ranges.erase(at);
        } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
          // An end that lies before the one we know of: a transaction is open there, and hides what comes behind it.
          if (at != ranges.end() && message->offset > at->second.next) last_heard = now;
          if (at != ranges.end() && (at->second.next = message->offset) >= at->second.end) ranges.erase(at);
        } else {
          SALESTREAM_TRY(judge(*message));
        }
      }
      if (ranges.empty() || now - last_heard < kLineEvery) continue;
      if (now - last_heard > kTimeout) return waited_in_vain(ranges);
      if (now - last_line < kLineEvery) continue;
      last_line = now;
      base::log_info(
          fmt::format("looking for what an earlier resend sent: topic {} partition {} gives nothing behind "
                      "offset {} yet; waiting",
                      options_.topic, ranges.begin()->first, ranges.begin()->second.next));
    }
    return false;
  }

  kafka::Properties reader_properties() const {
    kafka::Properties properties = options_.properties;
    properties.erase("group.instance.id");
    properties["group.id"] += "-rejects";  // librdkafka assigns partitions to group members only; this one never joins
    return properties;
  }

  base::Status judge(const rd_kafka_message_t& message) const {
    const std::string text = rd_kafka_message_errstr(&message);
    if (!kafka::is_retriable(message.err))
      return base::failure(
          fmt::format("reading topic {} partition {} at {}: {}", options_.topic, message.partition, servers_, text));
    base::log_warning(
        fmt::format("reading topic {} at {}: {}; trying again", options_.topic, servers_, base::printable(text, 300)));
    return {};
  }

  base::Error waited_in_vain(const std::map<core::PartitionId, Range>& ranges) const {
    const auto& [partition, range] = *ranges.begin();
    return base::retriable(fmt::format(
        "topic {} partition {} at {} gave nothing behind offset {} for {} s, and it ends at {}: a transaction of "
        "another program may be open there, which hides what comes behind it. Nothing was sent; try again when it "
        "has ended",
        options_.topic, partition, servers_, range.next, kTimeout.count(), range.end));
  }

  const source::KafkaOptions options_;
  const std::string servers_;
  const std::string pipeline_;
  const std::string source_;
  const std::unique_ptr<kafka::TopicAdmin> admin_;
  const std::unique_ptr<kafka::TransactionalProducer> producer_;
};

}  // namespace

base::Result<std::unique_ptr<ResendTopic>> make_kafka_resend_topic(const source::KafkaOptions& options,
                                                                   const std::string& pipeline,
                                                                   const std::string& source) {
  source::KafkaOptions ours = options;
  ours.properties.try_emplace("client.id", "salestream-rejects");
  kafka::Properties uncommitted_too = ours.properties;
  uncommitted_too["isolation.level"] = "read_uncommitted";
  SALESTREAM_ASSIGN(auto admin, kafka::TopicAdmin::connect(uncommitted_too, ours.topic));
  SALESTREAM_ASSIGN(auto producer,
                    kafka::TransactionalProducer::make(ours.properties, ours.topic,
                                                       fmt::format("salestream-resend-{}-{}", pipeline, ours.topic)));
  return std::unique_ptr<ResendTopic>(
      std::make_unique<KafkaResendTopic>(std::move(ours), pipeline, source, std::move(admin), std::move(producer)));
}

}  // namespace salestream::rejects
