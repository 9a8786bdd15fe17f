// SPDX-License-Identifier: Apache-2.0
// What a worker has counted since its last flush began and keeps beside cells and progress: rejected messages, which
// wait for the store in memory, and the number and times of messages, for people. Owned by one worker, on its thread.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/message.h"
#include "core/order.h"
#include "engine/flush.h"
#include "engine/message_times.h"

namespace salestream::engine {

class Unflushed {
 public:
  // `now_ms` may be that of the batch.
  void add(const core::Message& message, std::int64_t now_ms) {
    ++messages_;
    times_.add(message.timestamp_ms, now_ms);
  }

  void add_reject(core::Reject reject) {
    const std::size_t bytes = sizeof reject + reject.detail.size() + reject.key.size() + reject.message.size();
    reject_bytes_ += static_cast<std::int64_t>(bytes);
    rejects_.push_back(std::move(reject));
  }

  std::int64_t messages() const { return messages_; }
  bool has_rejects() const { return !rejects_.empty(); }
  std::int64_t reject_bytes() const { return reject_bytes_; }

  void move_into(FlushSnapshot& snapshot) {
    snapshot.rejects = std::move(rejects_);
    snapshot.messages = messages_;
    snapshot.times = std::move(times_);
    clear();
  }

  void clear() { *this = {}; }

 private:
  std::vector<core::Reject> rejects_;
  std::int64_t reject_bytes_ = 0;
  std::int64_t messages_ = 0;
  MessageTimes times_;
};

}  // namespace salestream::engine
