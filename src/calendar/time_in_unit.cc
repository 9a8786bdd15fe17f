// SPDX-License-Identifier: Apache-2.0
#include "calendar/time_in_unit.h"

#include <charconv>
#include <cstdint>

#include "calendar/order_time.h"
#include "core/decimal.h"

namespace salestream::calendar {
namespace {

// Nanoseconds of our days have more digits than a Decimal.
std::optional<__int128> billionths_of(std::string_view number) {
  std::int64_t whole = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), whole);
  if (error == std::errc() && end == number.data() + number.size())
    return static_cast<__int128>(whole) * core::Decimal::kScale;
  const core::ParsedNumber parsed = core::parse_number(number);
  if (parsed.status != core::NumberStatus::kOk) return std::nullopt;
  return parsed.value.scaled();
}

__int128 per_second(core::TimeUnit unit) {
  switch (unit) {
    case core::TimeUnit::kMilliseconds: return 1'000;
    case core::TimeUnit::kMicroseconds: return 1'000'000;
    case core::TimeUnit::kNanoseconds: return 1'000'000'000;
    default: return 1;
  }
}

__int128 floor_divided(__int128 value, __int128 by) { return value / by - (value % by < 0 ? 1 : 0); }

}  // namespace

std::optional<core::OrderTime> time_in_unit(std::string_view number, core::TimeUnit unit) {
  if (unit == core::TimeUnit::kBySize) return time_of_number(number);
  constexpr std::int64_t kSecondsPerDay = 86'400;
  const auto value = billionths_of(number);
  if (!value) return std::nullopt;
  const bool is_date = unit == core::TimeUnit::kDays;
  const __int128 seconds = is_date ? floor_divided(*value, core::Decimal::kScale) * kSecondsPerDay
                                   : floor_divided(*value, core::Decimal::kScale * per_second(unit));
  if (seconds < kFirstSecond + kZoneSeconds || seconds > kLastSecond - kZoneSeconds) return std::nullopt;
  return core::OrderTime{static_cast<std::int64_t>(seconds), is_date};
}

std::optional<core::OrderTime> time_of_text_in_unit(std::string_view text, core::TimeUnit unit) {
  if (unit == core::TimeUnit::kBySize) return time_of_text(text);
  const bool is_number = core::parse_number(text).status != core::NumberStatus::kNotANumber;
  return is_number ? time_in_unit(text, unit) : time_of_text(text);
}

}  // namespace salestream::calendar
