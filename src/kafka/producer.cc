// SPDX-License-Identifier: Apache-2.0
#include "kafka/producer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/logging.h"
#include "kafka/client.h"
#include "kafka/producer_client.h"

namespace salestream::kafka {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// After so long without a delivery, while messages wait, there is a line of logging; then again each time.
constexpr seconds kSilence{5};
// One call into librdkafka at most, so that lines about silence come in between.
constexpr milliseconds kPollSlice{250};

Properties producer_properties(Properties properties) {
  properties.erase("group.id");
  properties.erase("group.instance.id");
  // Unless the properties say otherwise, under any of the names that librdkafka has for it.
  properties.try_emplace("queue.buffering.max.messages", std::to_string(Producer::kQueueLimitMessages));
  properties.try_emplace("queue.buffering.max.kbytes", std::to_string(Producer::kQueueLimitKbytes));
  return properties;
}

}  // namespace

class Producer::Implementation {
 public:
  Implementation(std::string topic, std::string servers)
      : topic_name_(std::move(topic)), servers_(std::move(servers)) {}

  base::Status start(Configuration configuration) {
    SALESTREAM_ASSIGN(client_, ProducerClient::make(std::move(configuration), topic_name_,
                                                    [this](rd_kafka_resp_err_t code) { on_report(code); }));
    return {};
  }

  base::Result<bool> send(const OutgoingMessage& message, milliseconds wait) {
    if (failed_) return *failed_;
    const auto end = steady_clock::now() + wait;
    for (;;) {
      const rd_kafka_resp_err_t code = client_->produce(message);
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        ++queued_;
        // Reports come a thousand at a time: taking them one by one would cost a lock each.
        if (queued_ % 1024 == 0) SALESTREAM_TRY(poll(milliseconds(0)));
        return true;
      }
      if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL)
        return cannot_send(code, message.payload ? message.payload->size() : 0);
      const auto left = duration_cast<milliseconds>(end - steady_clock::now());
      if (left.count() <= 0) return false;
      SALESTREAM_TRY(poll(std::min(left, kPollSlice)));
    }
  }

  base::Status poll(milliseconds wait) {
    const auto end = steady_clock::now() + wait;
    for (;;) {
      const auto left = std::max(milliseconds(0), duration_cast<milliseconds>(end - steady_clock::now()));
      const int served = client_->poll(std::min(left, kPollSlice));
      report_silence();
      if (failed_) return *failed_;
      if (served > 0 || left <= kPollSlice) return {};
    }
  }

  base::Result<bool> flush(milliseconds wait) {
    const auto end = steady_clock::now() + wait;
    for (;;) {
      const auto left = std::max(milliseconds(0), duration_cast<milliseconds>(end - steady_clock::now()));
      const auto code = client_->flush(std::min(left, kPollSlice));
      report_silence();
      if (failed_) return *failed_;
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR && waiting() == 0) return true;
      if (left.count() <= 0) return false;
    }
  }

  std::int64_t delivered() const { return delivered_; }
  std::int64_t waiting() const { return queued_ - delivered_ - lost_; }

 private:
  void on_report(rd_kafka_resp_err_t code) {
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      ++delivered_;
      return;
    }
    ++lost_;
    if (failed_) return;
    // After a fatal error most messages tell no more than that they were purged.
    if (code == RD_KAFKA_RESP_ERR__FATAL || !client_->fatal_error().text.empty()) {
      failed_ = cannot_go_on();
    } else if (code == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT) {
      failed_ = base::failure(fmt::format(
          "writing to topic {}: Kafka at {} did not take a message within message.timeout.ms; {} are in the topic for "
          "certain, those after them perhaps; start again when Kafka answers, or set a longer message.timeout.ms",
          topic_name_, servers_, delivered_));
    } else {
      failed_ = base::failure(
          fmt::format("writing to topic {}: Kafka at {} says: {}", topic_name_, servers_, error_text(code)));
    }
  }

  base::Error cannot_go_on() const {
    return base::failure(
        fmt::format("writing to topic {}: the producer can't go on: {}", topic_name_, client_->fatal_error().text));
  }

  base::Error cannot_send(rd_kafka_resp_err_t code, std::size_t bytes) const {
    if (code == RD_KAFKA_RESP_ERR__FATAL) return cannot_go_on();
    if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
      return base::failure(fmt::format(
          "a message of {} bytes is larger than message.max.bytes allows; set that property in the pipeline file's "
          "source.kafka, and max.message.bytes of topic {}, to more",
          bytes, topic_name_));
    return base::failure(fmt::format("writing to topic {}: {}", topic_name_, error_text(code)));
  }

  void report_silence() {
    const auto now = steady_clock::now();
    if (waiting() == 0 || delivered_ != delivered_at_last_look_) {
      if (was_reported_ && delivered_ != delivered_at_last_look_)
        base::log_info(fmt::format("Kafka at {} takes messages again", servers_));
      was_reported_ = was_reported_ && delivered_ == delivered_at_last_look_;
      delivered_at_last_look_ = delivered_;
      last_delivery_ = last_line_ = now;
      return;
    }
    if (now - last_line_ < kSilence) return;
    was_reported_ = true;
    last_line_ = now;
    base::log_warning(
        fmt::format("Kafka at {} has taken nothing for {} s; {} messages wait, and are sent when it is back", servers_,
                    duration_cast<seconds>(now - last_delivery_).count(), waiting()));
  }

  const std::string topic_name_;
  const std::string servers_;
  std::int64_t queued_ = 0;
  std::int64_t delivered_ = 0;
  std::int64_t lost_ = 0;
  std::optional<base::Error> failed_;

  std::int64_t delivered_at_last_look_ = 0;
  steady_clock::time_point last_delivery_ = steady_clock::now();
  steady_clock::time_point last_line_ = last_delivery_;
  bool was_reported_ = false;

  std::unique_ptr<ProducerClient> client_;  // ends first: it reports to this object
};

Producer::Producer(std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}
Producer::~Producer() = default;

base::Result<std::unique_ptr<Producer>> Producer::make(const std::map<std::string, std::string>& properties,
                                                       const std::string& topic) {
  SALESTREAM_ASSIGN(Configuration configuration, make_configuration(producer_properties(properties)));
  auto implementation = std::make_unique<Implementation>(topic, bootstrap_servers(properties));
  SALESTREAM_TRY(implementation->start(std::move(configuration)));
  return std::unique_ptr<Producer>(new Producer(std::move(implementation)));
}

base::Result<bool> Producer::send(const OutgoingMessage& message, milliseconds wait) {
  return implementation_->send(message, wait);
}
base::Status Producer::poll(milliseconds wait) { return implementation_->poll(wait); }
base::Result<bool> Producer::flush(milliseconds wait) { return implementation_->flush(wait); }
std::int64_t Producer::delivered() const { return implementation_->delivered(); }
std::int64_t Producer::waiting() const { return implementation_->waiting(); }

}  // namespace salestream::kafka
