// SPDX-License-Identifier: Apache-2.0
#include "audit/order_clock.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "audit/amount.h"
#include "base/check.h"

namespace salestream::audit {
namespace {

using date::local_days;
using date::local_seconds;
using date::sys_seconds;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Two days within the years that have four digits, whatever a zone's clock says.
const sys_seconds kFirst = date::sys_days(date::year(1) / 1 / 3);
const sys_seconds kAfterLast = date::sys_days(date::year(9999) / 12 / 30);

// A number beyond these may have another unit than the one that its size tells.
const sys_seconds kFirstOfNumbers = date::sys_days(date::year(1990) / 1 / 1);
const sys_seconds kAfterLastOfNumbers = date::sys_days(date::year(2100) / 1 / 1);

std::optional<Moment> in_years(seconds since_epoch, bool is_of_zone) {
  if (sys_seconds(since_epoch) < kFirst || sys_seconds(since_epoch) >= kAfterLast) return std::nullopt;
  return Moment{since_epoch.count(), is_of_zone};
}

bool is_beyond_doubt(std::int64_t since_epoch) {
  const sys_seconds moment{seconds(since_epoch)};
  return moment >= kFirstOfNumbers && moment < kAfterLastOfNumbers;
}

// The shape of a text: each digit a 'd', everything else as it is, but for a letter that would look like one.
std::string shape_of(std::string_view text) {
  std::string shape(text);
  for (char& c : shape) c = std::isdigit(static_cast<unsigned char>(c)) != 0 ? 'd' : c == 'd' ? '?' : c;
  return shape;
}

// Ten digits or more, alone or with digits behind a point.
bool is_epoch_shape(std::string_view shape) {
  const std::size_t point = shape.find('.');
  const std::string_view whole = shape.substr(0, point);
  const std::string_view tenths = point == std::string_view::npos ? "d" : shape.substr(point + 1);
  const auto has_digits_only = [](std::string_view s) { return s.find_first_not_of('d') == std::string_view::npos; };
  return whole.size() >= 10 && !tenths.empty() && has_digits_only(whole) && has_digits_only(tenths);
}

int number_at(std::string_view text, std::size_t at, std::size_t digits) {
  int n = 0;
  for (std::size_t i = at; i < at + digits; ++i) n = n * 10 + (text[i] - '0');
  return n;
}

// ±dd, ±dddd, ±dd:dd or ±dd:dd:dd.
std::optional<seconds> offset_of(std::string_view text) {
  const std::string shape = shape_of(text.substr(1));
  int hour = 0, minute = 0, second = 0;
  if (shape != "dd" && shape != "dddd" && shape != "dd:dd" && shape != "dd:dd:dd") return std::nullopt;
  hour = number_at(text, 1, 2);
  if (shape != "dd") minute = number_at(text, shape == "dddd" ? 3 : 4, 2);
  if (shape == "dd:dd:dd") second = number_at(text, 7, 2);
  if (hour > 18 || minute > 59 || second > 59) return std::nullopt;
  const seconds offset = hours(hour) + minutes(minute) + seconds(second);
  return text.front() == '-' ? -offset : offset;
}

// Tenths and all behind them are not looked at, but have to be digits.
bool take_fraction(std::string_view& text) {
  if (text.empty() || (text.front() != '.' && text.front() != ',')) return true;
  const std::size_t end = std::min(text.find_first_not_of("0123456789", 1), text.size());
  if (end == 1) return false;
  text.remove_prefix(end);
  return true;
}

date::year_month_day date_at_begin(std::string_view text) {
  return {date::year(number_at(text, 0, 4)), date::month(static_cast<unsigned>(number_at(text, 5, 2))),
          date::day(static_cast<unsigned>(number_at(text, 8, 2)))};
}

std::string date_text(const date::year_month_day& day) {
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

// A JSON number: its digits from the first that is no zero, and how many of them stand before the point, wherever an
// exponent puts it. Zero has none.
struct Digits {
  bool is_negative = false;
  std::string digits;
  std::int64_t point = 0;
};

Digits digits_of(std::string_view json_number) {
  Digits number;
  std::int64_t exponent = 0;
  bool is_behind_point = false;
  for (std::size_t i = 0; i < json_number.size(); ++i) {
    const char c = json_number[i];
    if (c == '-') {
      number.is_negative = true;
    } else if (c == '.') {
      is_behind_point = true;
    } else if (c == 'e' || c == 'E') {
      const std::string_view text = json_number.substr(i + 1);
      for (const char e : text)
        if (e >= '0' && e <= '9') exponent = std::min<std::int64_t>(exponent * 10 + (e - '0'), 1'000'000);
      if (text.starts_with('-')) exponent = -exponent;
      break;
    } else {
      number.digits += c;
      if (!is_behind_point) ++number.point;
    }
  }
  const std::size_t zeros = std::min(number.digits.find_first_not_of('0'), number.digits.size());
  number.digits.erase(0, zeros);
  number.point += exponent - static_cast<std::int64_t>(zeros);
  return number;
}

// Seconds, milliseconds, microseconds or nanoseconds: the digits before the point tell the unit.
std::int64_t decimals_by_size(const Digits& number) {
  std::int64_t decimals = 0;
  for (const int size : {11, 14, 17})
    if (number.point > size) decimals += 3;
  return decimals;
}

std::int64_t decimals_of(core::TimeUnit unit) {
  switch (unit) {
    case core::TimeUnit::kMilliseconds: return 3;
    case core::TimeUnit::kMicroseconds: return 6;
    case core::TimeUnit::kNanoseconds: return 9;
    default: return 0;
  }
}

// To the next whole number below. Nothing: it has more digits than any time has.
std::optional<std::int64_t> rounded_down(const Digits& number) {
  if (number.digits.empty()) return 0;
  if (number.point > 12) return std::nullopt;
  const auto count = static_cast<std::int64_t>(number.digits.size());
  std::int64_t whole = 0;
  bool is_exact = true;
  for (std::int64_t i = 0; i < std::max(number.point, count); ++i) {
    const int digit = i < count ? number.digits[static_cast<std::size_t>(i)] - '0' : 0;
    if (i < number.point)
      whole = whole * 10 + digit;
    else if (digit != 0)
      is_exact = false;
  }
  return !number.is_negative ? whole : is_exact ? -whole : -whole - 1;
}

}  // namespace

std::optional<Moment> moment_of_text(std::string_view text) {
  const std::string shape = shape_of(text);
  if (is_epoch_shape(shape)) return moment_of_number(text);
  if (!shape.starts_with("dddd-dd-dd")) return std::nullopt;
  const date::year_month_day day = date_at_begin(text);
  if (!day.ok() || day.year() < date::year(1)) return std::nullopt;
  const seconds midnight = date::sys_days(day).time_since_epoch();
  if (text.size() == 10) return in_years(midnight, true);
  if (std::string_view("Tt ").find(text[10]) == std::string_view::npos) return std::nullopt;

  text.remove_prefix(11);
  const std::string clock = shape_of(text.substr(0, 8));
  const bool has_seconds = clock == "dd:dd:dd";
  if (!has_seconds && !clock.starts_with("dd:dd")) return std::nullopt;
  if (!has_seconds && clock.size() > 5 && clock[5] == ':') return std::nullopt;
  const int hour = number_at(text, 0, 2), minute = number_at(text, 3, 2),
            second = has_seconds ? number_at(text, 6, 2) : 0;
  if (hour > 23 || minute > 59 || second > 60) return std::nullopt;
  text.remove_prefix(has_seconds ? 8 : 5);
  if (has_seconds && !take_fraction(text)) return std::nullopt;
  const seconds local = midnight + hours(hour) + minutes(minute) + seconds(std::min(second, 59));
  if (text.empty()) return in_years(local, true);
  if (text == "Z" || text == "z") return in_years(local, false);
  if (text.front() != '+' && text.front() != '-') return std::nullopt;
  const auto offset = offset_of(text);
  return offset ? in_years(local - *offset, false) : std::nullopt;
}

// A number of days is a date.
std::optional<Moment> moment_of_number(std::string_view json_number, core::TimeUnit unit) {
  Digits number = digits_of(json_number);
  const bool is_date = unit == core::TimeUnit::kDays, is_by_size = unit == core::TimeUnit::kBySize;
  if (!is_date) number.point -= is_by_size ? decimals_by_size(number) : decimals_of(unit);
  const auto whole = rounded_down(number);
  if (!whole || (is_by_size && !is_beyond_doubt(*whole))) return std::nullopt;
  return is_date ? in_years(date::days(*whole), true) : in_years(seconds(*whole), false);
}

std::optional<Moment> moment_of_text_in(std::string_view text, core::TimeUnit unit) {
  if (unit == core::TimeUnit::kBySize || !is_json_number(text)) return moment_of_text(text);
  return moment_of_number(text, unit);
}

std::optional<std::int32_t> day_of_text(std::string_view text) {
  if (shape_of(text) != "dddd-dd-dd") return std::nullopt;
  const date::year_month_day day = date_at_begin(text);
  if (!day.ok() || day.year() < date::year(1)) return std::nullopt;
  return date::sys_days(day).time_since_epoch().count();
}

std::optional<std::int32_t> day_of_number(std::string_view json_number) {
  const auto whole = rounded_down(digits_of(json_number));
  const std::int64_t first = date::sys_days(date::year(1) / 1 / 1).time_since_epoch().count();
  const std::int64_t last = date::sys_days(date::year(9999) / 12 / 31).time_since_epoch().count();
  if (!whole || *whole < first || *whole > last) return std::nullopt;
  return static_cast<std::int32_t>(*whole);
}

std::string text_of_day(std::int32_t since_1970) {
  return date_text(date::year_month_day(date::sys_days(date::days(since_1970))));
}

OrderClock::OrderClock(const core::Definition& definition)
    : zone_(definition.has_windows() ? date::locate_zone(definition.timezone) : nullptr) {}

std::string OrderClock::window(core::Window unit, const Moment& moment) const {
  SALESTREAM_CHECK(zone_ != nullptr);
  sys_seconds utc{seconds(moment.seconds)};
  if (moment.is_of_zone) utc -= zone_->get_info(local_seconds(seconds(moment.seconds))).first.offset;
  const seconds offset = zone_->get_info(utc).offset;
  const local_seconds local{utc.time_since_epoch() + offset};
  const date::year_month_day day{date::floor<date::days>(local)};
  switch (unit) {
    case core::Window::kDay: return date_text(day);
    case core::Window::kWeek: {
      const date::weekday weekday{local_days(day)};
      return date_text(date::year_month_day(local_days(day) - (weekday - date::Monday)));
    }
    case core::Window::kMonth: return date_text(day.year() / day.month() / 1);
    default: break;
  }
  const local_seconds begin = unit == core::Window::kHour ? local_seconds(date::floor<hours>(local))
                                                          : local_seconds(date::floor<minutes>(local));
  // A window is called by its first moment, which another offset may have held for.
  const sys_seconds first{begin.time_since_epoch() - offset};
  const seconds its_offset = zone_->get_info(first).offset;
  const local_seconds its_local{first.time_since_epoch() + its_offset};
  const auto its_day = date::floor<date::days>(its_local);
  const date::hh_mm_ss clock{its_local - its_day};
  const date::hh_mm_ss its_size{its_offset < seconds(0) ? -its_offset : its_offset};
  std::string text =
      fmt::format("{}T{:02}:{:02}:{:02}{}{:02}:{:02}", date_text(date::year_month_day(its_day)), clock.hours().count(),
                  clock.minutes().count(), clock.seconds().count(), its_offset < seconds(0) ? '-' : '+',
                  its_size.hours().count(), its_size.minutes().count());
  if (its_size.seconds().count() != 0) text += fmt::format(":{:02}", its_size.seconds().count());
  return text;
}

}  // namespace salestream::audit
