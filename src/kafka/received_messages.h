// SPDX-License-Identifier: Apache-2.0
// What was received from librdkafka and is not handed out yet, in its order, and how many messages to ask for next.
// What is taken out of librdkafka's queue makes room in there for as much again, so no more than a batch is taken; but
// nobody says how long the next messages are. So behind a long one they are asked for one by one, and then by more and
// more. One owner, one thread; never fails.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <utility>
#include <vector>

namespace salestream::kafka {

// `Handle` owns a message of librdkafka.
template <typename Handle>
class ReceivedMessages {
 public:
  ReceivedMessages(std::size_t batch_messages, std::size_t batch_bytes)
      : batch_messages_(batch_messages), batch_bytes_(batch_bytes), next_receive_(batch_messages) {}

  // As many to be received at once.
  std::size_t next_receive() const { return next_receive_; }
  // Of what is here nothing more is to be received, unless somebody waits for a sign of life.
  bool is_a_batch() const { return bytes_ >= batch_bytes_; }

  // Returns their bytes, keys included.
  std::size_t received(std::vector<Handle> messages) {
    next_receive_ = std::min(next_receive_ * kGrowth, batch_messages_);
    std::size_t all_bytes = 0;
    for (Handle& message : messages) {
      if (message->len > batch_bytes_ / kLongShare) next_receive_ = 1;
      bytes_ += message->len;
      all_bytes += message->len + message->key_len;
      messages_.push_back(std::move(message));
    }
    return all_bytes;
  }

  bool empty() const { return messages_.empty(); }
  const auto& front() const { return *messages_.front(); }
  Handle take_front() {
    Handle taken = std::move(messages_.front());
    messages_.pop_front();
    bytes_ -= taken->len;
    return taken;
  }
  // Those that `is_wanted`, in their order; the others stay.
  template <typename IsWanted>
  std::vector<Handle> take_if(const IsWanted& is_wanted) {
    std::vector<Handle> taken;
    for (std::deque<Handle> all = std::exchange(messages_, {}); Handle & message : all) {
      if (is_wanted(*message)) {
        bytes_ -= message->len;
        taken.push_back(std::move(message));
      } else {
        messages_.push_back(std::move(message));
      }
    }
    return taken;
  }
  void clear() {
    messages_.clear();
    bytes_ = 0;
  }

 private:
  static constexpr std::size_t kGrowth = 4;
  static constexpr std::size_t kLongShare = 16;  // of a batch: a message that has more is a long one

  const std::size_t batch_messages_, batch_bytes_;
  std::size_t next_receive_;
  std::size_t bytes_ = 0;
  std::deque<Handle> messages_;
};

}  // namespace salestream::kafka
