// SPDX-License-Identifier: Apache-2.0
#include "calendar/time_in_unit.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "calendar/order_time.h"
#include "core/decimal.h"

namespace salestream::calendar {
namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::int64_t kMostUnitExponent = 1'000'000;
constexpr __int128 kMostWhole = static_cast<__int128>(kLastSecond) * 1'000'000'000 * 10;

int digits_per_second(core::TimeUnit unit) {
  switch (unit) {
    case core::TimeUnit::kMilliseconds: return 3;
    case core::TimeUnit::kMicroseconds: return 6;
    case core::TimeUnit::kNanoseconds: return 9;
    default: return 0;
  }
}

// A JSON number ÷ 10^digits, rounded down to a whole one, from its digits: nanoseconds of our days have more than a
// Decimal. Nothing: it is no number, or larger than any time.
std::optional<__int128> floor_of(std::string_view number, int digits) {
  if (core::parse_number(number).status == core::NumberStatus::kNotANumber) return std::nullopt;
  const bool is_negative = number.starts_with('-');
  if (is_negative) number.remove_prefix(1);
  const std::size_t mantissa_end = std::min(number.find_first_of("eE"), number.size());
  std::int64_t exponent = 0;
  if (mantissa_end < number.size()) {
    std::string_view text = number.substr(mantissa_end + 1);
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (error != std::errc()) exponent = text.starts_with('-') ? -kMostUnitExponent : kMostUnitExponent;
  }
  exponent = std::clamp(exponent, -kMostUnitExponent, kMostUnitExponent);
  const std::string_view mantissa = number.substr(0, mantissa_end);
  const auto point = static_cast<std::int64_t>(std::min(mantissa.find('.'), mantissa.size()));
  std::int64_t whole_digits = point + exponent - digits;
  __int128 whole = 0;
  bool is_exact = true;
  for (const char c : mantissa) {
    if (c == '.') continue;
    if (whole_digits-- > 0)
      whole = whole * 10 + (c - '0');
    else
      is_exact = is_exact && c == '0';
    if (whole > kMostWhole) return std::nullopt;
  }
  for (; whole_digits > 0 && whole > 0; --whole_digits)
    if ((whole *= 10) > kMostWhole) return std::nullopt;
  if (!is_negative) return whole;
  return is_exact ? -whole : -whole - 1;
}

}  // namespace

std::optional<core::OrderTime> time_in_unit(std::string_view number, core::TimeUnit unit) {
  if (unit == core::TimeUnit::kBySize) return time_of_number(number);
  const bool is_date = unit == core::TimeUnit::kDays;
  auto seconds = floor_of(number, digits_per_second(unit));
  if (seconds && is_date) *seconds *= kSecondsPerDay;
  if (!seconds || *seconds < kFirstSecond + kZoneSeconds || *seconds > kLastSecond - kZoneSeconds) return std::nullopt;
  return core::OrderTime{static_cast<std::int64_t>(*seconds), is_date};
}

std::optional<std::int32_t> days_of_number(std::string_view number) {
  const auto days = floor_of(number, 0);
  if (!days || *days * kSecondsPerDay < kFirstSecond || *days * kSecondsPerDay > kLastSecond) return std::nullopt;
  return static_cast<std::int32_t>(*days);
}

std::optional<core::OrderTime> time_of_text_in_unit(std::string_view text, core::TimeUnit unit) {
  if (unit == core::TimeUnit::kBySize) return time_of_text(text);
  const bool is_number = core::parse_number(text).status != core::NumberStatus::kNotANumber;
  return is_number ? time_in_unit(text, unit) : time_of_text(text);
}

}  // namespace salestream::calendar
