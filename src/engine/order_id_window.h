// SPDX-License-Identifier: Apache-2.0
// The order ids of the last messages of a partition, by which `deduplicate` knows an order that was sent twice: whether
// an id has been among them. A pure function of the partition log: the same messages give the same answers, to any
// reader and at any time. Owned by one worker.
//
// An id is kept as 128 bits of XXH3 (https://github.com/Cyan4973/xxHash). Two ids of a window of a million have the
// same by chance in one of 10^26 windows; who sends ids on purpose so that they collide does no more than who sends the
// id of another order, which counts as sent twice too. An id takes 16 bytes in a ring, and 6 in a hash table of places
// in it: open addressing, linear probing, two thirds full at most.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "core/message.h"

namespace salestream::engine {

class OrderIdWindow {
 public:
  // From 1 to core::kMaxWindowMessages.
  explicit OrderIdWindow(std::size_t window_messages);

  // The partition's next message; `id`: of the order in it, nothing when it is a rejected message. Whether one of the
  // `window_messages` messages before it had the same. Its own sighting counts for those after it either way.
  bool add(core::Offset offset, std::optional<std::string_view> id);

  // A window that is filled from here on, up to where this one is, gives the same answers. kNothingYet before the first
  // add().
  core::Offset rebuilt_from() const;

  std::size_t bytes() const;

 private:
  struct Fingerprint {
    std::uint64_t low = 0;
    std::uint64_t high = 0;  // decides the place in the table; with `low` zero: no order
    bool is_none() const { return low == 0 && high == 0; }
    friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
  };
  using Place = std::uint32_t;  // in the ring, plus one; 0: free
  static constexpr std::size_t kMaxMessagesPerMark = 1024;

  static Fingerprint fingerprint_of(std::string_view id);
  std::size_t home_of(const Fingerprint& fingerprint) const;
  std::size_t next(std::size_t slot) const { return slot + 1 == table_.size() ? 0 : slot + 1; }
  // The slot that has it, or the free one where it belongs.
  std::size_t find(const Fingerprint& fingerprint) const;
  void forget(std::size_t ring_place);
  void grow();
  void mark(core::Offset offset);

  std::size_t window_messages_;
  std::size_t messages_per_mark_;
  std::vector<Fingerprint> ring_;
  std::size_t next_place_ = 0;
  std::vector<Place> table_;
  // The offset of every messages_per_mark_-th message, as far back as the window reaches and one more.
  std::deque<core::Offset> marks_;
  std::size_t since_last_mark_ = 0;
};

}  // namespace salestream::engine
