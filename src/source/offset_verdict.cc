// SPDX-License-Identifier: Apache-2.0
#include "source/offset_verdict.h"

#include <fmt/format.h>

#include <algorithm>

namespace salestream::source {

using Kind = OffsetVerdict::Kind;

OffsetVerdict offset_verdict(const OffsetFacts& facts) {
  const ReadPosition& position = facts.position;
  const core::Offset next = position.next_offset;
  if (!facts.range) return {Kind::kNoAnswer, position.first_to_fetch()};
  if (next == core::kNothingYet) return {Kind::kNeverRead, std::nullopt};

  const core::Offset start = facts.range->start;
  if (start <= next && next <= facts.range->end) {
    if (position.last_offset != core::kNothingYet && start <= position.last_offset)
      return {Kind::kCheckLast, position.last_offset};
    return {Kind::kCountedExpired, next};
  }
  if (next < start) {
    if (position.counted_to < start)
      return {Kind::kUncountedExpired, std::nullopt, std::max(next, position.counted_to), start};
    if (position.window_may_be_short) return {Kind::kWindowShortened, start, next, start};
    return {Kind::kWindowExpired, std::nullopt, next, start};
  }
  if (facts.was_asked_long_enough) return {Kind::kShorter};
  return {Kind::kShorterForNow, position.first_to_fetch()};
}

std::string text_of(const OffsetVerdict& verdict, const OffsetFacts& facts, std::string_view partition) {
  const core::Offset next = facts.position.next_offset;
  const auto window_text = [&] {
    return fmt::format(
        "{}: the messages at offsets {} to {} have expired. They are counted, but `deduplicate` has to read them again "
        "to know the ids in its window",
        partition, verdict.missing_begin, verdict.missing_end - 1);
  };
  switch (verdict.kind) {
    case Kind::kNeverRead:
    case Kind::kNoAnswer:
    case Kind::kCheckLast: return {};
    case Kind::kCountedExpired:
      return fmt::format("{}: what was counted has expired from it; going on at offset {}", partition, next);
    case Kind::kWindowShortened: return window_text() + "; going on without them, as --accept-short-window says";
    case Kind::kWindowExpired:
      return window_text() +
             ". `salestream run --accept-short-window` goes on without them: an order whose first copy is among them "
             "would count again. A longer retention.ms of the topic, or a smaller window (which needs `salestream "
             "reset`), avoids this";
    case Kind::kUncountedExpired:
      return fmt::format(
          "{}: the messages at offsets {} to {} have expired before they were counted, and are missing for good. The "
          "totals in the store are exact up to offset {}. To start over with what the topic still has, use `salestream "
          "reset`; a longer retention.ms of the topic avoids this",
          partition, verdict.missing_begin, verdict.missing_end - 1, verdict.missing_begin);
    case Kind::kShorterForNow:
      return fmt::format("{} is said to end at offset {}, and everything before {} is in the store; asking again",
                         partition, facts.range->end, next);
    case Kind::kShorter:
      return fmt::format(
          "{} ends at offset {}, and everything before {} is in the store: the topic was recreated or cut off. To "
          "count the new one from its beginning, use `salestream reset`; the totals in the store are unchanged",
          partition, facts.range->end, next);
  }
  return {};
}

}  // namespace salestream::source
