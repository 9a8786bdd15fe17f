// SPDX-License-Identifier: Apache-2.0
// Where to go on with a partition when the broker refuses the offset that was to be read next: whether the totals can
// still become exact hangs on it. A pure function from what is known to a verdict; the reader asks the broker before
// it, and acts on it. Its table of cases is offset_verdict_test.cc. Any thread; never fails.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/message.h"
#include "source/read_position.h"
#include "source/source.h"

namespace salestream::source {

// A broker that was frozen, or has just become a leader, may name an end from before. It is asked again for so long.
inline constexpr std::chrono::seconds kShorterTimeout{5};

struct OffsetFacts {
  ReadPosition position;
  std::optional<PartitionRange> range;  // what exists of the partition now; nothing: the broker gave no answer
  bool was_asked_long_enough = false;   // for kShorterTimeout it has been said to end before position.next_offset
};

struct OffsetVerdict {
  enum class Kind : std::uint8_t {
    // Read on.
    kNeverRead,       // nothing was read of the partition: its first message
    kNoAnswer,        // where it was, once the broker answers
    kCheckLast,       // both the last and the next message exist: it was shorter a moment ago, and may be another topic
                      // that has grown. The worker has to compare the last message
    kCountedExpired,  // the last message has expired and the next has not: nothing is lost
    kWindowShortened,  // messages to be read for their ids only have expired, as the user accepts
    kShorterForNow,    // it ends before what was counted, as a stale broker may say
    // Stop.
    kWindowExpired,  // messages to be read for their ids only have expired: a copy of what they hold would count again
    kUncountedExpired,  // messages have expired before they were counted
    kShorter,           // it ends before what was counted: the topic was recreated or truncated
  };
  Kind kind = Kind::kNoAnswer;
  // Read on there; nothing: at the partition's first message. Not when it stops.
  std::optional<core::Offset> fetch_from;
  // Messages that are gone: [missing_begin, missing_end).
  core::Offset missing_begin = 0;
  core::Offset missing_end = 0;

  bool stops() const { return kind >= Kind::kWindowExpired; }
  friend bool operator==(const OffsetVerdict&, const OffsetVerdict&) = default;
};

OffsetVerdict offset_verdict(const OffsetFacts& facts);

// The verdict in words for the user, of what a partition is called ("topic t partition 0"); empty where there is
// nothing to say.
std::string text_of(const OffsetVerdict& verdict, const OffsetFacts& facts, std::string_view partition);

}  // namespace salestream::source
