// SPDX-License-Identifier: Apache-2.0
// The audit's reading of times and the one that `run` counts by have no line in common; here they have to agree.
#include "audit/order_clock.h"

#include <gtest/gtest.h>

#include <random>

#include "calendar/order_time.h"
#include "calendar/windows.h"

namespace salestream::audit {
namespace {

using core::Window;

std::string text_of(const std::optional<Moment>& moment) {
  return moment ? std::to_string(moment->seconds) + (moment->is_of_zone ? " local" : "") : "no time";
}
std::string text_of(const std::optional<core::OrderTime>& time) {
  return time ? std::to_string(time->seconds) + (time->is_local ? " local" : "") : "no time";
}

// Digits and signs in places where they mean something, and elsewhere.
std::string disturbed_time(std::string text, std::mt19937_64& random) {
  static const std::string kBytes = "0123456789-+:.,TtZz eEd";
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (std::size_t changes = below(4); changes > 0 && !text.empty(); --changes) {
    const std::size_t at = below(text.size());
    switch (below(4)) {
      case 0: text.erase(at, 1); break;
      case 1: text.insert(at, 1, kBytes[below(kBytes.size())]); break;
      case 2: text[at] = kBytes[below(kBytes.size())]; break;
      case 3: text.resize(at); break;
    }
  }
  return text;
}

TEST(OrderClock, ReadsTextsAsRunDoes) {
  std::mt19937_64 random(3);
  int times = 0;
  const std::string seeds[] = {"2024-11-03T14:25:07-03:00",
                               "2024-02-29 23:59:60.123456Z",
                               "2024-11-03T14:25",
                               "2024-11-03",
                               "1890-01-01T00:00:00-03:06:28",
                               "0001-01-01T00:00:00+0130",
                               "9999-12-31T23:59:59-00:30",
                               "1730643907123",
                               "2024-11-03T14:25:07,5+05",
                               "1730643907.403862"};
  for (int round = 0; round < 200'000; ++round) {
    const std::string text = disturbed_time(seeds[round % std::size(seeds)], random);
    const auto expected = calendar::time_of_text(text);
    times += expected.has_value();
    ASSERT_EQ(text_of(moment_of_text(text)), text_of(expected)) << '"' << text << '"';
  }
  EXPECT_GT(times, 45'000);
  for (const char* text : {"2025-01-d6", "dddd-dd-dd", "2024-11-03T1d:25"})
    EXPECT_FALSE(moment_of_text(text)) << text << ": a letter is no digit";
}

TEST(OrderClock, ReadsNumbersAsRunDoes) {
  std::mt19937_64 random(5);
  int times = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string number = random() % 3 == 0 ? "-" : "";
    if (random() % 2 == 0) {
      // Between 1980 and 2110, in one of the four units.
      number = std::to_string(315'532'800 + random() % 4'102'444'800);
      for (auto thousands = random() % 4; thousands > 0; --thousands) number += std::to_string(random() % 900 + 100);
    } else {
      number += std::to_string(random() % 10);
      if (number.back() != '0')
        for (auto digits = random() % 20; digits > 0; --digits) number += static_cast<char>('0' + random() % 10);
    }
    if (random() % 2 == 0) {
      number += '.';
      for (auto digits = 1 + random() % 12; digits > 0; --digits) number += "0009123"[random() % 7];
    }
    if (random() % 8 == 0) number += "e" + std::to_string(static_cast<int>(random() % 40) - 20);
    const auto expected = calendar::time_of_number(number);
    times += expected.has_value();
    ASSERT_EQ(text_of(moment_of_number(number)), text_of(expected)) << number;
  }
  for (const char* number : {"0",
                             "-0",
                             "0e999999999999",
                             "1e-999999999999",
                             "-1e-400",
                             "1e999999999999",
                             "99999999999",
                             "100000000000",
                             "-99999999999.5",
                             "253402300799999",
                             "1.7306439071234e18",
                             "1730643907.9999999999999",
                             "9223372036854775808",
                             "253402300799999999999",
                             "631152000",
                             "631151999.9",
                             "4102444799.99999",
                             "4102444800",
                             "63072000000000000",
                             "-1730643907"})
    ASSERT_EQ(text_of(moment_of_number(number)), text_of(calendar::time_of_number(number))) << number;
  EXPECT_GT(times, 50'000);
}

TEST(OrderClock, FindsTheWindowsThatRunFinds) {
  std::mt19937_64 random(7);
  for (const char* zone : {"America/Sao_Paulo", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
                           "Africa/Monrovia", "UTC", "Pacific/Apia"}) {
    core::Definition definition;
    definition.timezone = zone;
    definition.totals = {{"t", {core::Dimension::kHour}, {}}};
    const OrderClock clock(definition);
    auto windows = calendar::Windows::of(definition);
    for (int round = 0; round < 20'000; ++round) {
      // From 1880 to 2080, where zones change.
      const auto seconds = static_cast<std::int64_t>(random() % 6'300'000'000) - 2'840'000'000;
      const bool is_local = random() % 2 == 0;
      for (const Window unit : {Window::kMinute, Window::kHour, Window::kDay, Window::kWeek, Window::kMonth})
        ASSERT_EQ(clock.window(unit, {seconds, is_local}), windows.name_of(unit, {seconds, is_local}))
            << zone << ' ' << seconds << (is_local ? " local" : "");
    }
  }
}

}  // namespace
}  // namespace salestream::audit
