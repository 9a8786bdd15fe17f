// SPDX-License-Identifier: Apache-2.0
// The librdkafka client that Producer and TransactionalProducer share: idempotent, for one topic, with a delivery
// report for each message. Included by .cc files of this layer only. One owner, one thread: reports come in its calls
// of poll() and flush(). Failures are librdkafka's codes, for the owner to put into words.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "kafka/handles.h"
#include "kafka/outgoing.h"

namespace salestream::kafka {

class ProducerClient {
 public:
  // Hears once of each message what became of it.
  using OnReport = std::function<void(rd_kafka_resp_err_t)>;

  // Does not talk to Kafka yet. Properties that the pipeline file got wrong are a usage error.
  static base::Result<std::unique_ptr<ProducerClient>> make(Configuration configuration, const std::string& topic,
                                                            OnReport on_report);
  ~ProducerClient();  // drops what Kafka has not taken
  ProducerClient(const ProducerClient&) = delete;
  ProducerClient& operator=(const ProducerClient&) = delete;

  // Queues a copy of the message.
  rd_kafka_resp_err_t produce(const OutgoingMessage& message);

  // Hands out reports, and waits at most `wait` for the first; how many there were.
  int poll(std::chrono::milliseconds wait) { return rd_kafka_poll(client_.get(), static_cast<int>(wait.count())); }

  // Waits until Kafka has taken or refused everything, and hands out the reports.
  rd_kafka_resp_err_t flush(std::chrono::milliseconds wait) {
    return rd_kafka_flush(client_.get(), static_cast<int>(wait.count()));
  }

  // What ended this producer for good.
  struct FatalError {
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    std::string text;  // empty: nothing has
  };
  FatalError fatal_error() const;

  // For the calls of a transaction.
  rd_kafka_t* handle() const { return client_.get(); }

 private:
  explicit ProducerClient(OnReport on_report) : on_report_(std::move(on_report)) {}

  const OnReport on_report_;  // outlives the client, which calls it
  Client client_;
  Topic topic_;  // ends before the client
};

}  // namespace salestream::kafka
