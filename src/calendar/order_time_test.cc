// SPDX-License-Identifier: Apache-2.0
#include "calendar/order_time.h"

#include <gmock/gmock.h>

namespace salestream::calendar {
namespace {

constexpr std::int64_t kNov3 = 1'730'592'000;  // 2024-11-03T00:00Z, by `date -u +%s`

core::OrderTime utc(std::int64_t seconds) { return {seconds, false}; }
core::OrderTime local(std::int64_t seconds) { return {seconds, true}; }

TEST(OrderTime, ReadsIso8601) {
  EXPECT_EQ(time_of_text("2024-11-03T14:25:07"), local(kNov3 + 51'907));
  EXPECT_EQ(time_of_text("2024-11-03 14:25:07"), local(kNov3 + 51'907));
  EXPECT_EQ(time_of_text("2024-11-03T14:25"), local(kNov3 + 51'900));
  EXPECT_EQ(time_of_text("2024-11-03"), local(kNov3));
  EXPECT_EQ(time_of_text("2024-11-03T14:25:07Z"), utc(kNov3 + 51'907));
  EXPECT_EQ(time_of_text("2024-11-03t14:25:07z"), utc(kNov3 + 51'907));
  EXPECT_EQ(time_of_text("2024-11-03T14:25:07.999999999Z"), utc(kNov3 + 51'907));
  EXPECT_EQ(time_of_text("2024-11-03T14:25:07,5-03:00"), utc(kNov3 + 51'907 + 10'800));
  EXPECT_EQ(time_of_text("2024-11-03T14:25:07+0530"), utc(kNov3 + 51'907 - 19'800));
  EXPECT_EQ(time_of_text("2024-11-03T14:25:07-03"), utc(kNov3 + 51'907 + 10'800));
  EXPECT_EQ(time_of_text("2024-11-03T23:59:60Z"), utc(kNov3 + 86'399));
  EXPECT_EQ(time_of_text("1890-01-01T00:00:00-03:06:28"), utc(-2'524'521'600 + 11'188));
  EXPECT_EQ(time_of_text("0001-01-03T00:00:00Z"), utc(kFirstSecond + kZoneSeconds));
  EXPECT_EQ(time_of_text("9999-12-29T23:59:59Z"), utc(kLastSecond - kZoneSeconds));
}

TEST(OrderTime, RefusesWhatIsNoTime) {
  for (const char* text : {"",
                           "x",
                           "2024",
                           "2024-11",
                           "2024-11-",
                           "2024-1-03",
                           "2024-13-01",
                           "2023-02-29",
                           "2024-11-31",
                           "2024-00-10",
                           "0000-01-01",
                           "2024-11-03T",
                           "2024-11-03T14",
                           "2024-11-03T24:00:00",
                           "2024-11-03T14:60:00",
                           "2024-11-03T14:25:61",
                           "2024-11-03T14:25:07.",
                           "2024-11-03T14:25:07+",
                           "2024-11-03T14:25:07+1",
                           "2024-11-03T14:25:07+19:00",
                           "2024-11-03T14:25:07+03:60",
                           "2024-11-03T14:25:07Zx",
                           "2024-11-03T14:25:07 Z",
                           " 2024-11-03",
                           "2024-11-03 ",
                           "03/11/2024 14:25:07",
                           "20241103",
                           "-2024-11-03",
                           "2024-11-03T14:25:07+03:00:00:00",
                           "9999-12-29T23:59:59-01:00",
                           "0001-01-01T00:00:00Z",
                           "9999-12-31T23:59:59Z",
                           "0001-01-03T00:00:00+00:01",
                           "99999999999999999999999"})
    EXPECT_EQ(time_of_text(text), std::nullopt) << text;
}

TEST(OrderTime, ReadsEpochTimeBySize) {
  EXPECT_EQ(time_of_number("1730643907"), utc(1'730'643'907));
  EXPECT_EQ(time_of_number("1730643907.999"), utc(1'730'643'907));
  EXPECT_EQ(time_of_number("1730643907123"), utc(1'730'643'907));
  EXPECT_EQ(time_of_number("1.730643907123E12"), utc(1'730'643'907));
  EXPECT_EQ(time_of_number("1730643907123456"), utc(1'730'643'907));
  EXPECT_EQ(time_of_number("1730643907123456789"), utc(1'730'643'907));
  EXPECT_EQ(time_of_text("1730643907"), utc(1'730'643'907));
  EXPECT_EQ(time_of_text("1730643907.403862"), utc(1'730'643'907));
}

// Nanoseconds before 1974 would otherwise be microseconds in the year 3968, and days all be the first of 1970.
TEST(OrderTime, ANumberIsATimeFrom1990To2100) {
  EXPECT_EQ(time_of_number("631152000"), utc(kFirstEpochSecond));  // 1990-01-01T00:00Z, by `date -u +%s`
  EXPECT_EQ(time_of_number("631152000000.0"), utc(kFirstEpochSecond));
  EXPECT_EQ(time_of_number("4102444799.999"), utc(kEndOfEpochSeconds - 1));  // before 2100-01-01T00:00Z
  EXPECT_EQ(time_of_number("4102444799999999999"), utc(kEndOfEpochSeconds - 1));
  for (const char* number :
       {"0", "-0", "-0.5", "20030", "631151999", "631151999.999", "4102444800", "99999999999", "100000000000",
        "631151999999", "4102444800000", "63072000000000000", "4102444800000000000", "-1730643907", "-1730643907000",
        "1e300", "999999999999999999999", "-99999999999"})
    EXPECT_EQ(time_of_number(number), std::nullopt) << number;
  for (const char* text : {"0000000000", "1730643907.", "1730643907.5x", "1730643907,5", "1730643907e0", "-1730643907",
                           "63072000000000000", "173064390", ".1730643907"})
    EXPECT_EQ(time_of_text(text), std::nullopt) << text;
  EXPECT_EQ(time_of_text("1970-01-01T00:00:00Z"), utc(0));
}

}  // namespace
}  // namespace salestream::calendar
