// SPDX-License-Identifier: Apache-2.0
// The long messages that all workers decode and count at once, by their bytes: each of these takes some 15 of memory
// where a message is nothing but values, and 40 where it is nothing but line items, of which it may have 130,000. So
// they have one limit, however many workers there are. Any thread.
#pragma once

#include <cstddef>

#include "base/mutex.h"

namespace salestream::audit {

class LongMessages {
 public:
  // At once, or one that is longer.
  static constexpr std::size_t kMostBytes = 1 << 20;
  // Others take no more memory than each worker has for them.
  static constexpr bool is_long(std::size_t message_bytes) { return message_bytes > kUsualBytes; }

  // A worker's turn for a message, while it lives: begins to once there is room for it.
  class Turn {
   public:
    Turn(LongMessages& all, std::size_t message_bytes) : all_(all), bytes_(message_bytes) { all_.begin(bytes_); }
    ~Turn() { all_.end(bytes_); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    LongMessages& all_;
    const std::size_t bytes_;
  };

 private:
  static constexpr std::size_t kUsualBytes = 64 * 1024;

  void begin(std::size_t bytes) {
    const base::MutexLock next(next_);  // who came first is first, also where shorter ones would find room
    const base::MutexLock lock(mutex_);
    changed_.wait(mutex_,
                  [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return bytes_ == 0 || bytes_ + bytes <= kMostBytes; });
    bytes_ += bytes;
  }
  void end(std::size_t bytes) {
    const base::MutexLock lock(mutex_);
    bytes_ -= bytes;
    changed_.notify_one();  // no more than one waits here
  }

  base::Mutex next_, mutex_;
  base::CondVar changed_;
  std::size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // of those that have their turn
};

}  // namespace salestream::audit
