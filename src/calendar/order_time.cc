// SPDX-License-Identifier: Apache-2.0
#include "calendar/order_time.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "core/decimal.h"

namespace salestream::calendar {
namespace {

constexpr std::size_t kFewestEpochDigits = 10;  // fewer may be a date without its dashes
constexpr int kMostOffsetHours = 18;            // as ISO 8601's users have it; no zone has more than 15

using Int128 = __int128;
constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr Int128 kTenTo11 = 100'000'000'000;
constexpr Int128 kMostSize = static_cast<Int128>(kLastSecond + 1) * 1'000'000'000;  // nanoseconds
constexpr std::int64_t kMostExponent = 1'000'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes what it reads from the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  char next() const { return rest_.empty() ? '\0' : rest_.front(); }

  bool take(char c) {
    if (next() != c || rest_.empty()) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // Exactly so many digits, with a value within the bounds.
  bool take_number(int digits, int least, int most, int& out) {
    if (rest_.size() < static_cast<std::size_t>(digits)) return false;
    out = 0;
    for (int i = 0; i < digits; ++i) {
      if (!is_digit(rest_[static_cast<std::size_t>(i)])) return false;
      out = out * 10 + (rest_[static_cast<std::size_t>(i)] - '0');
    }
    rest_.remove_prefix(static_cast<std::size_t>(digits));
    return out >= least && out <= most;
  }

  bool take_digits() {
    if (!is_digit(next())) return false;
    while (is_digit(next())) rest_.remove_prefix(1);
    return true;
  }

 private:
  std::string_view rest_;
};

// ±HH, ±HHMM, ±HH:MM, and ±HH:MM:SS, which zones had before there were zones.
bool take_offset(Scanner& text, std::int64_t& offset_seconds) {
  const bool is_west = text.take('-');
  if (!is_west && !text.take('+')) return false;
  int hours = 0, minutes = 0, seconds = 0;
  if (!text.take_number(2, 0, kMostOffsetHours, hours)) return false;
  if (text.take(':')) {
    if (!text.take_number(2, 0, 59, minutes)) return false;
    if (text.take(':') && !text.take_number(2, 0, 59, seconds)) return false;
  } else if (!text.at_end() && !text.take_number(2, 0, 59, minutes)) {
    return false;
  }
  offset_seconds = (hours * 60 + minutes) * 60 + seconds;
  if (is_west) offset_seconds = -offset_seconds;
  return true;
}

std::optional<core::OrderTime> of_an_order(std::optional<core::OrderTime> time) {
  if (!time || time->seconds < kFirstSecond + kZoneSeconds || time->seconds > kLastSecond - kZoneSeconds)
    return std::nullopt;
  return time;
}

// A JSON number without its fraction.
struct Whole {
  bool is_negative = false;
  Int128 size = 0;
  bool has_fraction = false;
};

// Nothing: more digits before the point than any time has.
std::optional<Whole> whole_of(std::string_view number) {
  Whole value;
  value.is_negative = number.starts_with('-');
  if (value.is_negative) number.remove_prefix(1);
  const std::size_t mantissa_end = std::min(number.find_first_of("eE"), number.size());
  std::int64_t exponent = 0;
  if (mantissa_end < number.size()) {
    std::string_view text = number.substr(mantissa_end + 1);
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (error != std::errc()) exponent = text.starts_with('-') ? -kMostExponent : kMostExponent;
    exponent = std::clamp(exponent, -kMostExponent, kMostExponent);
  }
  const std::string_view mantissa = number.substr(0, mantissa_end);
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  std::int64_t places_left = static_cast<std::int64_t>(point) + exponent;  // digits that stand before the point
  for (const char c : mantissa) {
    if (c == '.') continue;
    if (places_left-- > 0)
      value.size = value.size * 10 + (c - '0');
    else if (c != '0')
      value.has_fraction = true;
    if (value.size > kMostSize) return std::nullopt;
  }
  for (; places_left > 0 && value.size > 0; --places_left)
    if ((value.size *= 10) > kMostSize) return std::nullopt;
  return value;
}

// How many of them have passed, of so many units each: the one that it lies in, before 1970 too.
Int128 floor_divided(const Whole& value, Int128 units) {
  const Int128 size = value.size / units;
  if (!value.is_negative) return size;
  const bool is_within = value.has_fraction || value.size % units != 0;
  return is_within ? -size - 1 : -size;
}

// Told by its size where nobody says it.
Int128 units_a_second(const Whole& value, core::TimeUnit unit) {
  switch (unit) {
    case core::TimeUnit::kMilliseconds: return 1'000;
    case core::TimeUnit::kMicroseconds: return 1'000'000;
    case core::TimeUnit::kNanoseconds: return 1'000'000'000;
    case core::TimeUnit::kSeconds:
    case core::TimeUnit::kDays: return 1;
    case core::TimeUnit::kBySize: break;
  }
  Int128 units = 1;
  if (value.size >= kTenTo11) units *= 1'000;
  if (value.size >= kTenTo11 * 1'000) units *= 1'000;
  if (value.size >= kTenTo11 * 1'000'000) units *= 1'000;
  return units;
}

bool is_json_number(std::string_view text) {
  return core::parse_number(text).status != core::NumberStatus::kNotANumber;
}

// Digits, and perhaps a fraction.
bool is_epoch_text(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789";
  const std::size_t digits = std::min(text.find_first_not_of(kDigits), text.size());
  if (digits < kFewestEpochDigits) return false;
  const std::string_view fraction = text.substr(digits);
  return fraction.empty() || (fraction.size() > 1 && fraction.front() == '.' &&
                              fraction.find_first_not_of(kDigits, 1) == std::string_view::npos);
}

// In years 0001 to 9999 by the clock that it names.
std::optional<core::OrderTime> iso_time(std::string_view text) {
  Scanner scanner(text);

  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!scanner.take_number(4, 1, 9999, year) || !scanner.take('-') || !scanner.take_number(2, 1, 12, month) ||
      !scanner.take('-') || !scanner.take_number(2, 1, 31, day))
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;

  bool is_local = true;
  std::int64_t offset_seconds = 0;
  if (!scanner.at_end()) {
    if (!scanner.take('T') && !scanner.take('t') && !scanner.take(' ')) return std::nullopt;
    if (!scanner.take_number(2, 0, 23, hour) || !scanner.take(':') || !scanner.take_number(2, 0, 59, minute))
      return std::nullopt;
    if (scanner.take(':')) {
      if (!scanner.take_number(2, 0, 60, second)) return std::nullopt;
      if (second == 60) second = 59;
      if ((scanner.take('.') || scanner.take(',')) && !scanner.take_digits()) return std::nullopt;
    }
    if (scanner.take('Z') || scanner.take('z'))
      is_local = false;
    else if (!scanner.at_end()) {
      if (!take_offset(scanner, offset_seconds)) return std::nullopt;
      is_local = false;
    }
    if (!scanner.at_end()) return std::nullopt;
  }
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return core::OrderTime{days * kSecondsPerDay + (hour * 60 + minute) * 60 + second - offset_seconds, is_local};
}

}  // namespace

std::optional<core::OrderTime> time_of_text(std::string_view text, core::TimeUnit unit) {
  const bool is_number = unit == core::TimeUnit::kBySize ? is_epoch_text(text) : is_json_number(text);
  return is_number ? time_of_number(text, unit) : of_an_order(iso_time(text));
}

std::optional<std::int64_t> start_of_window(std::string_view name) {
  const auto time = iso_time(name);
  return time ? std::optional(time->seconds) : std::nullopt;
}

std::optional<core::OrderTime> time_of_number(std::string_view number, core::TimeUnit unit) {
  const std::optional<Whole> value = whole_of(number);
  if (!value) return std::nullopt;
  const bool is_date = unit == core::TimeUnit::kDays;
  const Int128 seconds = floor_divided(*value, units_a_second(*value, unit)) * (is_date ? kSecondsPerDay : 1);
  if (seconds < kFirstSecond || seconds > kLastSecond) return std::nullopt;  // of 64 bits from here on
  if (unit == core::TimeUnit::kBySize && (seconds < kFirstEpochSecond || seconds >= kEndOfEpochSeconds))
    return std::nullopt;
  return of_an_order(core::OrderTime{static_cast<std::int64_t>(seconds), is_date});
}

std::optional<std::int32_t> days_of_number(std::string_view number) {
  const std::optional<Whole> value = is_json_number(number) ? whole_of(number) : std::nullopt;
  if (!value) return std::nullopt;
  const Int128 days = floor_divided(*value, 1);
  if (days * kSecondsPerDay < kFirstSecond || days * kSecondsPerDay > kLastSecond) return std::nullopt;
  return static_cast<std::int32_t>(days);
}

}  // namespace salestream::calendar
