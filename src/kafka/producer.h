// SPDX-License-Identifier: Apache-2.0
// Writes messages to one topic: idempotent, so that what librdkafka sends again is there once and in order within its
// partition. The queue of what Kafka has not taken yet is bounded. One owner, one thread. An unavailable broker is
// waited for until message.timeout.ms (5 minutes unless the properties say otherwise); the first message that can't be
// delivered is an error, and ends the producer.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "kafka/outgoing.h"

namespace salestream::kafka {

class Producer {
 public:
  // What waits in memory for Kafka at most, unless the properties set queue.buffering.max.messages or .kbytes.
  static constexpr int kQueueLimitMessages = 100'000;
  static constexpr int kQueueLimitKbytes = 65'536;

  // Does not talk to Kafka yet. `properties` may be those of a consumer as well.
  static base::Result<std::unique_ptr<Producer>> make(const std::map<std::string, std::string>& properties,
                                                      const std::string& topic);
  ~Producer();  // without flush(), what Kafka has not taken is dropped
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  // Queues a copy of the message. False: the queue is still full after `wait`, and the message is not in it. An error:
  // this message can never be sent, or an earlier one could not be, in which case nothing more will be.
  base::Result<bool> send(const OutgoingMessage& message, std::chrono::milliseconds wait);
  base::Result<bool> send(std::optional<std::string_view> key, std::string_view payload,
                          std::chrono::milliseconds wait) {
    return send(OutgoingMessage{key, payload, {}}, wait);
  }

  // Takes Kafka's reports of what it took, for at most `wait`; to be called now and then while there is nothing to
  // send.
  base::Status poll(std::chrono::milliseconds wait);

  // Whether Kafka has taken everything within `wait`. An error: it never will.
  base::Result<bool> flush(std::chrono::milliseconds wait);

  std::int64_t delivered() const;  // taken by Kafka
  std::int64_t waiting() const;    // queued and neither taken nor given up

 private:
  class Implementation;
  explicit Producer(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace salestream::kafka
