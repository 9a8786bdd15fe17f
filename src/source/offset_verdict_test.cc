// SPDX-License-Identifier: Apache-2.0
// Every case of a partition whose next offset the broker refuses, one line each, to be checked by eye.
#include "source/offset_verdict.h"

#include <gtest/gtest.h>

#include <vector>

namespace salestream::source {
namespace {

using Kind = OffsetVerdict::Kind;
using enum OffsetVerdict::Kind;

constexpr core::Offset kNone = core::kNothingYet;
constexpr std::optional<core::Offset> kFirst = std::nullopt;  // fetch from the partition's first message
constexpr std::optional<core::Offset> kStop = std::nullopt;   // nothing is fetched any more

struct Missing {
  core::Offset begin = 0;
  core::Offset end = 0;
};

struct Range {
  core::Offset start;
  core::Offset end;
};

struct Case {
  const char* what;
  ReadPosition position;
  std::optional<Range> range;
  bool was_asked_long_enough;
  Kind kind;
  std::optional<core::Offset> fetch_from;
  Missing missing = {};
};

// A reader that has counted the messages up to `last`, and continues.
ReadPosition counted(core::Offset last, core::Offset next) { return {last, next, next, false}; }
// A reader that reads the ids of a window again from `window_begin`; everything before `counted_to` is in the store.
ReadPosition window(core::Offset window_begin, core::Offset counted_to) {
  return {kNone, window_begin, counted_to, false};
}
ReadPosition accepted(core::Offset window_begin, core::Offset counted_to) {
  return {kNone, window_begin, counted_to, true};
}
constexpr ReadPosition kUnread{};

constexpr std::optional<Range> kNoRange = std::nullopt;
constexpr bool kSoon = false;
constexpr bool kLate = true;  // it was asked for long enough

// clang-format off
const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
  //                                     last, next          range now      when   verdict            from    missing
  {"the broker does not answer",         counted(49, 50),    kNoRange,      kSoon, kNoAnswer,         49},
  {"nor does it after long",             counted(49, 50),    kNoRange,      kLate, kNoAnswer,         49},
  {"no answer, the last had expired",    counted(kNone, 50), kNoRange,      kSoon, kNoAnswer,         50},
  {"no answer, and nothing was read",    kUnread,            kNoRange,      kSoon, kNoAnswer,         kFirst},

  {"never read, and messages expired",   kUnread,            Range{70, 90}, kSoon, kNeverRead,        kFirst},
  {"never read, empty topic",            kUnread,            Range{0, 0},   kSoon, kNeverRead,        kFirst},

  {"shorter only for a moment",          counted(49, 50),    Range{0, 50},  kSoon, kCheckLast,        49},
  {"recreated longer: messages tell",    counted(49, 50),    Range{0, 900}, kSoon, kCheckLast,        49},
  {"recreated longer, after long",       counted(49, 50),    Range{0, 900}, kLate, kCheckLast,        49},
  {"compacted: a gap after the last",    counted(30, 50),    Range{0, 90},  kSoon, kCheckLast,        30},
  {"transaction markers at the end",     counted(47, 48),    Range{0, 50},  kSoon, kCheckLast,        47},
  {"only the last message is left",      counted(49, 50),    Range{49, 50}, kSoon, kCheckLast,        49},

  {"retention took the last one only",   counted(49, 50),    Range{50, 90}, kSoon, kCountedExpired,   50},
  {"retention took all of these",        counted(49, 50),    Range{50, 50}, kSoon, kCountedExpired,   50},
  {"compacted, the last one is gone",    counted(30, 50),    Range{40, 90}, kSoon, kCountedExpired,   50},
  {"the last one had expired before",    counted(kNone, 50), Range{0, 90},  kSoon, kCountedExpired,   50},
  {"progress at 0, empty topic",         counted(kNone, 0),  Range{0, 0},   kSoon, kCountedExpired,   0},

  {"retention was faster, by one",       counted(49, 50),    Range{51, 90}, kSoon, kUncountedExpired, kStop,  {50, 51}},
  {"retention was faster, by many",      counted(49, 50),    Range{70, 90}, kSoon, kUncountedExpired, kStop,  {50, 70}},
  {"retention took all there was",       counted(49, 50),    Range{90, 90}, kSoon, kUncountedExpired, kStop,  {50, 90}},
  {"time does not help there",          counted(49, 50),    Range{70, 90}, kLate, kUncountedExpired, kStop,  {50, 70}},

  {"truncated by an unclean election",   counted(49, 50),    Range{0, 49},  kSoon, kShorterForNow,    49},
  {"and it stays so",                    counted(49, 50),    Range{0, 49},  kLate, kShorter,          kStop},
  {"recreated shorter",                  counted(49, 50),    Range{0, 10},  kSoon, kShorterForNow,    49},
  {"and it stays so",                    counted(49, 50),    Range{0, 10},  kLate, kShorter,          kStop},
  {"recreated empty",                    counted(49, 50),    Range{0, 0},   kSoon, kShorterForNow,    49},
  {"and it stays so",                    counted(49, 50),    Range{0, 0},   kLate, kShorter,          kStop},
  {"recreated shorter, with retention",  counted(49, 50),    Range{5, 10},  kLate, kShorter,          kStop},
  {"recreated shorter, no last message", counted(kNone, 50), Range{0, 10},  kSoon, kShorterForNow,    50},

  //                                     from, counted to
  {"the window is there again",          window(20, 50),     Range{0, 90},  kSoon, kCountedExpired,   20},
  {"the window begins at the start",     window(20, 50),     Range{20, 90}, kSoon, kCountedExpired,   20},
  {"a part of the window has expired",   window(20, 50),     Range{30, 90}, kSoon, kWindowExpired,    kStop,  {20, 30}},
  {"the same, accepted",                 accepted(20, 50),   Range{30, 90}, kSoon, kWindowShortened,  30,     {20, 30}},
  {"all of the window has expired",      window(20, 50),     Range{50, 90}, kSoon, kWindowExpired,    kStop,  {20, 50}},
  {"the same, accepted",                 accepted(20, 50),   Range{50, 90}, kSoon, kWindowShortened,  50,     {20, 50}},
  {"the window and uncounted ones",      window(20, 50),     Range{51, 90}, kSoon, kUncountedExpired, kStop,  {50, 51}},
  {"the same: accepting does not help",  accepted(20, 50),   Range{51, 90}, kSoon, kUncountedExpired, kStop,  {50, 51}},
  {"the window is beyond the end",       window(20, 50),     Range{0, 10},  kSoon, kShorterForNow,    20},
  {"and it stays so",                    window(20, 50),     Range{0, 10},  kLate, kShorter,          kStop},
  };
  return all;
}
// clang-format on

OffsetFacts facts_of(const Case& c) {
  OffsetFacts facts{c.position};
  if (c.range) facts.range = PartitionRange{0, c.range->start, c.range->end};
  facts.was_asked_long_enough = c.was_asked_long_enough;
  return facts;
}

TEST(OffsetVerdict, IsAsTheTableSays) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.what);
    const OffsetVerdict verdict = offset_verdict(facts_of(c));
    EXPECT_EQ(static_cast<int>(verdict.kind), static_cast<int>(c.kind));
    EXPECT_EQ(verdict.fetch_from, c.fetch_from);
    EXPECT_EQ(verdict.missing_begin, c.missing.begin);
    EXPECT_EQ(verdict.missing_end, c.missing.end);
  }
}

TEST(OffsetVerdict, TheTableHasEachKind) {
  std::vector<int> times(static_cast<std::size_t>(kShorter) + 1);
  for (const Case& c : cases()) ++times[static_cast<std::size_t>(c.kind)];
  for (std::size_t kind = 0; kind < times.size(); ++kind) EXPECT_GT(times[kind], 0) << kind;
}

// Over all small values: what a verdict promises, whatever the table says.
TEST(OffsetVerdict, NeverPassesOverAnUncountedMessage) {
  constexpr core::Offset kMost = 5;
  for (core::Offset next = 0; next <= kMost; ++next)
    for (core::Offset last = kNone; last < next; ++last)
      for (core::Offset counted_to = next; counted_to <= kMost; ++counted_to)
        for (core::Offset start = 0; start <= kMost; ++start)
          for (core::Offset end = start; end <= kMost; ++end)
            for (const bool is_short : {false, true})
              for (const bool is_over : {false, true}) {
                const OffsetFacts facts{{last, next, counted_to, is_short}, PartitionRange{0, start, end}, is_over};
                const OffsetVerdict verdict = offset_verdict(facts);
                SCOPED_TRACE(testing::Message() << "last " << last << " next " << next << " counted to " << counted_to
                                                << " start " << start << " end " << end);
                if (verdict.stops()) {
                  EXPECT_FALSE(start <= next && next <= end);
                  EXPECT_FALSE(text_of(verdict, facts, "p").empty());
                  continue;
                }
                ASSERT_TRUE(verdict.fetch_from);
                EXPECT_LE(*verdict.fetch_from, std::max(next, counted_to));
                if (!is_short) {
                  EXPECT_LE(*verdict.fetch_from, next);
                }
                if (verdict.kind != kShorterForNow) {
                  EXPECT_GE(*verdict.fetch_from, start);
                  EXPECT_LE(*verdict.fetch_from, std::max(end, next));
                }
              }
}

// Texts.

std::string text_for(const ReadPosition& position, std::optional<Range> range, bool was_asked_long_enough = false) {
  const OffsetFacts facts = facts_of({"", position, range, was_asked_long_enough, kNoAnswer, std::nullopt});
  return text_of(offset_verdict(facts), facts, "topic t partition 3");
}

TEST(OffsetVerdictText, ReadingOnSaysLittle) {
  EXPECT_EQ(text_for(kUnread, Range{70, 90}), "");
  EXPECT_EQ(text_for(counted(49, 50), std::nullopt), "");
  EXPECT_EQ(text_for(counted(49, 50), Range{0, 90}), "");
  EXPECT_EQ(text_for(counted(49, 50), Range{50, 90}),
            "topic t partition 3: what was counted has expired from it; going on at offset 50");
}

TEST(OffsetVerdictText, UncountedMessagesNameThoseThatAreMissingAndTheWayOut) {
  EXPECT_EQ(
      text_for(counted(49, 50), Range{70, 90}),
      "topic t partition 3: the messages at offsets 50 to 69 have expired before they were counted, and are missing "
      "for good. The totals in the store are exact up to offset 50. To start over with what the topic still has, use "
      "`salestream reset`; a longer retention.ms of the topic avoids this");
}

TEST(OffsetVerdictText, AWindowNamesWhatItLacks) {
  const std::string missing =
      "topic t partition 3: the messages at offsets 20 to 29 have expired. They are counted, but `deduplicate` has to "
      "read them again to know the ids in its window";
  EXPECT_EQ(
      text_for(window(20, 50), Range{30, 90}),
      missing +
          ". `salestream run --accept-short-window` goes on without them: an order whose first copy is among them "
          "would count again. A longer retention.ms of the topic, or a smaller window (which needs `salestream "
          "reset`), avoids this");
  EXPECT_EQ(text_for(accepted(20, 50), Range{30, 90}),
            missing + "; going on without them, as --accept-short-window says");
}

TEST(OffsetVerdictText, AShorterPartitionIsAskedAgainAndThenRefused) {
  EXPECT_EQ(text_for(counted(49, 50), Range{0, 10}),
            "topic t partition 3 is said to end at offset 10, and everything before 50 is in the store; asking again");
  EXPECT_EQ(
      text_for(counted(49, 50), Range{0, 10}, kLate),
      "topic t partition 3 ends at offset 10, and everything before 50 is in the store: the topic was recreated or "
      "cut off. To count the new one from its beginning, use `salestream reset`; the totals in the store are "
      "unchanged");
}

// Positions.

core::PartitionProgress progress(core::Offset last, core::Offset next, core::Offset window_begin = kNone) {
  core::PartitionProgress p;
  p.last_offset = last;
  p.next_offset = next;
  p.window_offset = window_begin;
  return p;
}

TEST(ReadPosition, OfStoredProgress) {
  EXPECT_EQ(position_of({3, std::nullopt}), kUnread);
  EXPECT_EQ(position_of({3, progress(49, 50)}), counted(49, 50));
  EXPECT_EQ(position_of({3, progress(49, 50, 20)}), window(20, 50));
  EXPECT_EQ(position_of({3, progress(49, 50, 20), true}), accepted(20, 50));
  EXPECT_EQ(position_of({3, progress(49, 50, 49)}), counted(49, 50)) << "the window begins with the last message";
  EXPECT_EQ(position_of({3, progress(49, 50, 50)}), counted(49, 50)) << "the window is empty";
}

TEST(ReadPosition, FetchesTheLastMessageOnceMore) {
  ReadPosition position;
  EXPECT_EQ(position.first_to_fetch(), kFirst);
  EXPECT_EQ(position.next_to_fetch(), kFirst);
  position.read(49);
  EXPECT_EQ(position.first_to_fetch(), 49);
  EXPECT_EQ(position.next_to_fetch(), 50);
  position.skip_to(70);
  EXPECT_EQ(position.first_to_fetch(), 70);
  EXPECT_EQ(position.next_to_fetch(), 70);
}

}  // namespace
}  // namespace salestream::source
