// SPDX-License-Identifier: Apache-2.0
// When to wake librdkafka's fetchers: they stop once a consumer's queue is full, by messages or by bytes, and look
// again only after a second (see wake_fetchers in client.h). One owner, one thread; never fails.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>

#include "kafka/client.h"

namespace salestream::kafka {

class FetchWaker {
 public:
  // The consumer's queued.min.messages and queued.max.messages.kbytes, in bytes: beyond either it stops fetching.
  FetchWaker(std::size_t limit_messages, std::size_t limit_bytes)
      : limit_messages_(limit_messages), limit_bytes_(limit_bytes) {}

  // Of a consumer with these properties; where they don't say, librdkafka's own.
  static FetchWaker of(const Properties& properties) {
    const auto number = [&properties](const char* name, std::size_t otherwise) {
      const std::string said = value_of(properties, name);
      std::from_chars(said.data(), said.data() + said.size(), otherwise);
      return otherwise;
    };
    return {number("queued.min.messages", 100'000), number("queued.max.messages.kbytes", 65'536) * 1024};
  }

  // What was taken from the queue at once. librdkafka does not say how many bytes are in there, so those that came tell
  // how many messages may fill it.
  void received(std::size_t messages, std::size_t bytes) {
    if (messages > 0) message_bytes_ = std::max(message_bytes_, bytes / messages);
  }

  // After each poll, with the messages that the queue still holds: whether it has run half empty since it was fullest.
  // A queue that was never near its limit did not stop anybody.
  bool is_due(std::size_t queued_messages) {
    most_queued_ = std::max(most_queued_, queued_messages);
    const std::size_t full = std::min(limit_messages_, limit_bytes_ / std::max<std::size_t>(message_bytes_, 1));
    if (queued_messages > most_queued_ / 2 || most_queued_ < std::max<std::size_t>(full / 4, 1)) return false;
    most_queued_ = queued_messages;
    message_bytes_ = 0;
    return true;
  }

 private:
  const std::size_t limit_messages_, limit_bytes_;
  std::size_t most_queued_ = 0;    // since the fetchers were woken
  std::size_t message_bytes_ = 0;  // on the average, of those that were longest since then
};

}  // namespace salestream::kafka
