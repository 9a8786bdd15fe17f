// SPDX-License-Identifier: Apache-2.0
#include "base/iso_time.h"

#include <chrono>
#include <cstdio>

namespace salestream::base {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using std::chrono::sys_days;
using std::chrono::sys_time;

constexpr std::int64_t kMsPerDay = 24 * 60 * 60 * 1000;
constexpr auto kEndOfYear9999 = sys_days(std::chrono::year(10000) / 1 / 1);

}  // namespace

std::optional<std::string> iso_time(std::int64_t timestamp_ms) {
  if (timestamp_ms < 0 || timestamp_ms / kMsPerDay >= kEndOfYear9999.time_since_epoch().count()) return std::nullopt;
  const sys_time<milliseconds> time{milliseconds(timestamp_ms)};
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  char text[48];
  const int size =
      std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                    static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return std::string(text, static_cast<std::size_t>(size));
}

std::int64_t parse_iso_time(std::string_view text) {
  int year = 0, hour = 0, minute = 0, second = 0, ms = 0;
  unsigned month = 0, day = 0;
  if (std::sscanf(std::string(text).c_str(), "%4d-%2u-%2uT%2d:%2d:%2d.%3dZ", &year, &month, &day, &hour, &minute,
                  &second, &ms) != 7)
    return -1;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok()) return -1;
  return sys_days(date).time_since_epoch().count() * kMsPerDay +
         ((hour * 60 + minute) * 60 + second) * std::int64_t{1000} + ms;
}

}  // namespace salestream::base
