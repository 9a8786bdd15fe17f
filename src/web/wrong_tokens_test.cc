// SPDX-License-Identifier: Apache-2.0
#include "web/wrong_tokens.h"

#include <gtest/gtest.h>

namespace salestream::web {
namespace {

using std::chrono::seconds;

// Of 300 wrong tokens: how many are looked at, and how many lines are logged.
struct Outcome {
  int tried = 0, lines = 0;
};
Outcome guess(WrongTokens& wrong, const std::string& address, WrongTokens::Clock::time_point& now, seconds pause) {
  Outcome outcome;
  for (int i = 0; i < 300; ++i, now += pause) {
    if (!wrong.may_try(address, now)) continue;
    ++outcome.tried;
    if (wrong.note(address, now)) ++outcome.lines;
  }
  return outcome;
}

TEST(WrongTokens, OfAnAddressAreSlowedDownAndLoggedOnceInAWhile) {
  WrongTokens wrong;
  WrongTokens::Clock::time_point now{};
  const Outcome at_once = guess(wrong, "192.0.2.1", now, seconds(0));
  EXPECT_EQ(at_once.tried, WrongTokens::kAtOnce);
  EXPECT_EQ(at_once.lines, 1);
  EXPECT_TRUE(wrong.may_try("192.0.2.2", now)) << "another address is none the worse for it";
  EXPECT_FALSE(wrong.may_try("192.0.2.1", now));
  EXPECT_TRUE(wrong.may_try("192.0.2.1", now + WrongTokens::kPause));

  const Outcome each_second = guess(wrong, "192.0.2.1", now, seconds(1));
  EXPECT_EQ(each_second.tried, 149);
  EXPECT_EQ(each_second.lines, 4);
}

TEST(WrongTokens, TheLineSaysHowManyTheyWereAndFromWhere) {
  WrongTokens wrong;
  WrongTokens::Clock::time_point now{};
  EXPECT_EQ(wrong.note("192.0.2.1", now), "a wrong token for the web page, from 192.0.2.1");
  EXPECT_EQ(wrong.note("192.0.2.1", now + seconds(1)), std::nullopt);
  EXPECT_EQ(wrong.note("192.0.2.2", now + WrongTokens::kLogInterval),
            "2 wrong tokens for the web page, the last from 192.0.2.2");
}

TEST(WrongTokens, RemembersALimitedNumberOfAddresses) {
  WrongTokens wrong;
  WrongTokens::Clock::time_point now{};
  guess(wrong, "guesser", now, seconds(0));
  for (int i = 0; i < 5'000; ++i) wrong.note(std::to_string(i), now);
  EXPECT_EQ(wrong.addresses(), WrongTokens::kMaxAddresses);
  EXPECT_FALSE(wrong.may_try("guesser", now)) << "those that were wrong once go first";
  wrong.note("late", now + std::chrono::hours(1));
  EXPECT_EQ(wrong.addresses(), 1U) << "the others have waited long enough";
}

}  // namespace
}  // namespace salestream::web
