// SPDX-License-Identifier: Apache-2.0
// The source's own times of the messages of a flush, by which their way into the
// store is timed. Messages that are about as old as the one before share an entry, so that it takes little memory and
// next to no time, whatever is caught up with: an age comes out right to 2 %. Owned by one thread at a time; it travels
// with the flush.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "engine/histogram.h"

namespace salestream::engine {

class MessageTimes {
 public:
  static constexpr std::size_t kMaxEntries = 4096;  // beyond it, all that follows counts as old as the last entry

  // A negative time, as of a source that has none, is left out. `now_ms` may be that of the batch.
  void add(std::int64_t timestamp_ms, std::int64_t now_ms) {
    if (timestamp_ms < 0) return;
    if (!entries_.empty()) {
      Entry& last = entries_.back();
      const std::int64_t tolerance_ms = (now_ms - last.timestamp_ms) / kToleratedShare;
      if (std::abs(timestamp_ms - last.timestamp_ms) <= tolerance_ms || timestamp_ms == last.timestamp_ms ||
          entries_.size() == kMaxEntries) {
        ++last.messages;
        return;
      }
    }
    entries_.push_back({timestamp_ms, 1});
  }

  // How old each of them was at `stored_ms`. Clocks differ: a message from the future is new.
  void observe(std::int64_t stored_ms, Histogram& seconds) const {
    for (const Entry& entry : entries_)
      seconds.observe(static_cast<double>(std::max<std::int64_t>(0, stored_ms - entry.timestamp_ms)) / 1000,
                      entry.messages);
  }

  std::size_t entries() const { return entries_.size(); }
  void clear() { entries_.clear(); }

 private:
  static constexpr std::int64_t kToleratedShare = 64;
  struct Entry {
    std::int64_t timestamp_ms;
    std::int64_t messages;
  };
  std::vector<Entry> entries_;
};

}  // namespace salestream::engine
