// SPDX-License-Identifier: Apache-2.0
#include "store/timestamps.h"

#include <gtest/gtest.h>

namespace salestream::store {
namespace {

constexpr TimestampUs kNowUs = 1'800'000'000'000'000;
constexpr TimestampUs kGreatestUs = std::numeric_limits<TimestampUs>::max();

TEST(Timestamps, ABaseLiesBeyondTheClockAndWhatWasWritten) {
  EXPECT_EQ(next_generation(kNowUs, {5}, 7).base_us, kNowUs);
  EXPECT_EQ(next_generation(kNowUs, {kNowUs}, 7).base_us, kNowUs + kUnseenMarginUs);
  EXPECT_EQ(next_generation(kNowUs, {5}, kNowUs + 1).base_us, kNowUs + 1 + kUnseenMarginUs);
  EXPECT_EQ(repaired_totals(kNowUs, {5}, 7).base_us, kNowUs + kUnseenMarginUs);
}

TEST(Timestamps, WhatAPersonWroteNearTheirEndGivesNoBase) {
  for (const TimestampUs far_us : {kGreatestUs, kGreatestUs - 1, kGreatestUs - kUnseenMarginUs, kGreatestBaseUs + 1,
                                   kGreatestBaseUs - kUnseenMarginUs + 1}) {
    EXPECT_FALSE(leaves_room(far_us)) << far_us;
    EXPECT_FALSE(is_base(next_generation(kNowUs, {5}, far_us).base_us)) << far_us;
    EXPECT_FALSE(is_base(next_generation(kNowUs, {far_us}, 7).base_us)) << far_us;
    EXPECT_FALSE(is_base(repaired_totals(kNowUs, {5}, far_us).base_us)) << far_us;
    EXPECT_FALSE(is_base(repaired_totals(kNowUs, {far_us}, 7).base_us)) << far_us;
  }
  EXPECT_FALSE(is_base(-1)) << "as a person may write it, too";
}

TEST(Timestamps, TheGreatestBaseHasRoomForOffsets) {
  const TimestampUs newest_us = kGreatestBaseUs - kUnseenMarginUs;
  EXPECT_TRUE(leaves_room(newest_us));
  const Generation greatest = repaired_totals(kNowUs, {5}, newest_us);
  EXPECT_TRUE(is_base(greatest.base_us));
  EXPECT_TRUE(fits(greatest, std::int64_t{1} << 61));
  EXPECT_GT(totals_timestamp(greatest, std::int64_t{1} << 61), newest_us);
}

}  // namespace
}  // namespace salestream::store
