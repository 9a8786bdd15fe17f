// SPDX-License-Identifier: Apache-2.0
// When to wake librdkafka's fetchers: they stop once a consumer's queue is full, and look again only after a second
// (see wake_fetchers in client.h). One owner, one thread; never fails.
#pragma once

#include <algorithm>
#include <cstddef>

namespace salestream::kafka {

class FetchWaker {
 public:
  // `limit_messages` is the consumer's queued.min.messages, beyond which it stops fetching.
  explicit FetchWaker(std::size_t limit_messages) : limit_messages_(limit_messages) {}

  // After each poll, with what the queue still holds: whether it has run half empty since it was fullest. A queue that
  // was never near its limit did not stop anybody.
  bool is_due(std::size_t queued_messages) {
    most_queued_ = std::max(most_queued_, queued_messages);
    if (queued_messages > most_queued_ / 2 || most_queued_ < limit_messages_ / 4) return false;
    most_queued_ = queued_messages;
    return true;
  }

 private:
  const std::size_t limit_messages_;
  std::size_t most_queued_ = 0;  // since the fetchers were woken
};

}  // namespace salestream::kafka
