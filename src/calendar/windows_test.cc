// SPDX-License-Identifier: Apache-2.0
#include "calendar/windows.h"

#include <gmock/gmock.h>

#include "calendar/order_time.h"

namespace salestream::calendar {
namespace {

using core::Window;

std::string window(const std::string& zone, Window unit, const std::string& time) {
  auto windows = Windows::create(zone);
  const auto parsed = time_of_text(time);
  if (!windows.ok() || !parsed) return "?";
  return std::string(windows->name_of(unit, *parsed));
}

TEST(Windows, AreNamedByTheirFirstMoment) {
  constexpr const char* kZone = "America/Sao_Paulo";
  EXPECT_EQ(window(kZone, Window::kMinute, "2024-11-03T14:25:07"), "2024-11-03T14:25:00-03:00");
  EXPECT_EQ(window(kZone, Window::kHour, "2024-11-03T14:25:07"), "2024-11-03T14:00:00-03:00");
  EXPECT_EQ(window(kZone, Window::kHour, "2024-11-03T17:25:07Z"), "2024-11-03T14:00:00-03:00");
  EXPECT_EQ(window(kZone, Window::kDay, "2024-11-03T01:25:07Z"), "2024-11-02");
  EXPECT_EQ(window(kZone, Window::kWeek, "2024-11-03T14:25:07"), "2024-10-28");
  EXPECT_EQ(window(kZone, Window::kWeek, "2024-11-04T00:00:00"), "2024-11-04");
  EXPECT_EQ(window(kZone, Window::kMonth, "2024-11-01T02:59:59Z"), "2024-10-01");
  EXPECT_EQ(window(kZone, Window::kMonth, "2024-12-31T23:59:59"), "2024-12-01");
  EXPECT_EQ(window("Asia/Kolkata", Window::kHour, "2024-11-03T00:10:00Z"), "2024-11-03T05:00:00+05:30");
  EXPECT_EQ(window("UTC", Window::kDay, "0001-01-03T00:00:00Z"), "0001-01-03");
  EXPECT_EQ(window("UTC", Window::kMonth, "9999-12-29T23:59:59Z"), "9999-12-01");
  EXPECT_EQ(window("UTC", Window::kDay, "1969-12-31T23:59:59Z"), "1969-12-31");
}

// 2024-11-03 06:00Z: New York goes from -04:00 to -05:00, and has the hour from one to two twice.
TEST(Windows, TellTheRepeatedHourApart) {
  constexpr const char* kZone = "America/New_York";
  EXPECT_EQ(window(kZone, Window::kHour, "2024-11-03T05:30:00Z"), "2024-11-03T01:00:00-04:00");
  EXPECT_EQ(window(kZone, Window::kHour, "2024-11-03T06:30:00Z"), "2024-11-03T01:00:00-05:00");
  EXPECT_EQ(window(kZone, Window::kHour, "2024-11-03T01:30:00"), "2024-11-03T01:00:00-04:00");
  // The day has 25 hours and is one.
  EXPECT_EQ(window(kZone, Window::kDay, "2024-11-03T04:00:00Z"), "2024-11-03");
  EXPECT_EQ(window(kZone, Window::kDay, "2024-11-04T04:59:59Z"), "2024-11-03");
}

// 2018-11-04: São Paulo's clocks went from 00:00 to 01:00, so that day has no midnight.
TEST(Windows, TakeATimeThatTheClockSkips) {
  constexpr const char* kZone = "America/Sao_Paulo";
  EXPECT_EQ(window(kZone, Window::kHour, "2018-11-04T00:30:00"), "2018-11-04T01:00:00-02:00");
  EXPECT_EQ(window(kZone, Window::kDay, "2018-11-04T00:30:00"), "2018-11-04");
  EXPECT_EQ(window(kZone, Window::kHour, "2018-11-04T02:59:59Z"), "2018-11-03T23:00:00-03:00");
  EXPECT_EQ(window(kZone, Window::kHour, "2018-11-04T03:00:00Z"), "2018-11-04T01:00:00-02:00");
}

TEST(Windows, RememberedOnesAreTheSameAsNewOnes) {
  auto windows = Windows::create("America/New_York");
  ASSERT_TRUE(windows.ok());
  for (const Window unit : {Window::kMinute, Window::kHour, Window::kDay, Window::kWeek, Window::kMonth})
    for (std::int64_t at = 1'730'505'600; at < 1'730'764'800; at += 1'373) {  // around the change, back and forth
      for (const std::int64_t seconds : {at, at - 40'000, at + 90'000})
        for (const bool is_local : {false, true}) {
          auto fresh = Windows::create("America/New_York");
          const core::OrderTime time{seconds, is_local};
          ASSERT_EQ(windows->name_of(unit, time), fresh->name_of(unit, time)) << seconds;
        }
    }
}

// Whatever time an order may have, its windows have names that are read back.
TEST(Windows, AreNamedWithFourDigitsInEveryZone) {
  for (const char* zone : {"Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Sao_Paulo", "Etc/GMT+12"}) {
    auto windows = Windows::create(zone);
    ASSERT_TRUE(windows.ok());
    for (const char* text :
         {"0001-01-03T00:00:00Z", "0001-01-03T00:00:00", "9999-12-29T23:59:59Z", "9999-12-29T23:59:59"})
      for (const Window unit : {Window::kMinute, Window::kHour, Window::kDay, Window::kWeek, Window::kMonth}) {
        const std::string name(windows->name_of(unit, time_of_text(text).value()));
        EXPECT_TRUE(start_of_window(name)) << zone << ' ' << text << ' ' << name;
      }
  }
}

TEST(Windows, AMomentIsReadBackFromItsText) {
  for (const char* zone : {"America/Sao_Paulo", "Asia/Kathmandu", "Europe/Berlin", "UTC"}) {
    auto windows = Windows::create(zone);
    ASSERT_TRUE(windows.ok());
    for (std::int64_t at = -3'000'000'000; at < 3'000'000'000; at += 77'777'777) {
      const std::string name(windows->name_of(Window::kHour, {at, false}));
      const auto begin = start_of_window(name);
      ASSERT_TRUE(begin) << name;
      ASSERT_EQ(windows->moment_text(*begin), name) << zone;
    }
  }
}

TEST(Windows, SayThatThereIsNoSuchZone) {
  for (const char* zone : {"Brazil", "", "../../etc/passwd", "America/Sao Paulo"}) {
    const auto windows = Windows::create(zone);
    ASSERT_FALSE(windows.ok()) << zone;
    EXPECT_THAT(windows.error().message, testing::HasSubstr("/usr/share/zoneinfo"));
  }
}

}  // namespace
}  // namespace salestream::calendar
