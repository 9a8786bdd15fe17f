// SPDX-License-Identifier: Apache-2.0
#include "calendar/time_in_unit.h"

#include <gtest/gtest.h>

namespace salestream::calendar {
namespace {

using core::OrderTime;
using core::TimeUnit;

TEST(TimeInUnit, CountsItsUnitSince1970) {
  EXPECT_EQ(time_in_unit("1730643907", TimeUnit::kSeconds), (OrderTime{1730643907, false}));
  EXPECT_EQ(time_in_unit("1730643907.9", TimeUnit::kSeconds), (OrderTime{1730643907, false}));
  EXPECT_EQ(time_in_unit("1730643907123", TimeUnit::kMilliseconds), (OrderTime{1730643907, false}));
  EXPECT_EQ(time_in_unit("1730643907123456", TimeUnit::kMicroseconds), (OrderTime{1730643907, false}));
  EXPECT_EQ(time_in_unit("1730643907123456789", TimeUnit::kNanoseconds), (OrderTime{1730643907, false}));
  EXPECT_EQ(time_in_unit("1.730643907e9", TimeUnit::kSeconds), (OrderTime{1730643907, false}));
  EXPECT_EQ(time_in_unit("0", TimeUnit::kSeconds), (OrderTime{0, false})) << "a unit that is said needs no guess";
  EXPECT_EQ(time_in_unit("-1", TimeUnit::kMilliseconds), (OrderTime{-1, false})) << "rounded down";
}

TEST(TimeInUnit, TakesDaysForDates) {
  EXPECT_EQ(time_in_unit("19776", TimeUnit::kDays), (OrderTime{19776LL * 86'400, true}));
  EXPECT_EQ(time_in_unit("-1", TimeUnit::kDays), (OrderTime{-86'400, true}));
}

TEST(TimeInUnit, IsNothingOutsideOfTheYears) {
  for (const char* number : {"1e18", "999999999999", "-99999999999"})
    EXPECT_FALSE(time_in_unit(number, TimeUnit::kSeconds)) << number;
  EXPECT_FALSE(time_in_unit("9999999", TimeUnit::kDays));
}

TEST(TimeInUnit, RoundsDownFromTheDigits) {
  EXPECT_EQ(time_in_unit("59.9999999999999", TimeUnit::kSeconds)->seconds, 59);
  EXPECT_EQ(time_in_unit("1e19", TimeUnit::kNanoseconds)->seconds, 10'000'000'000);
  EXPECT_EQ(time_in_unit("-1e19", TimeUnit::kNanoseconds)->seconds, -10'000'000'000);
  EXPECT_EQ(days_of_number("-719162"), -719162) << "0001-01-01";
  EXPECT_FALSE(days_of_number("-719163"));
  EXPECT_FALSE(days_of_number("1e400"));
  EXPECT_EQ(days_of_number("1e-400"), 0);
}

TEST(TimeInUnit, ReadsTextsToo) {
  EXPECT_EQ(time_of_text_in_unit("19776", TimeUnit::kDays), (OrderTime{19776LL * 86'400, true}));
  EXPECT_EQ(time_of_text_in_unit("2024-02-23", TimeUnit::kDays), (OrderTime{19776LL * 86'400, true}));
  EXPECT_FALSE(time_of_text_in_unit("yesterday", TimeUnit::kDays));
}

}  // namespace
}  // namespace salestream::calendar
