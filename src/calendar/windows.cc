// SPDX-License-Identifier: Apache-2.0
#include "calendar/windows.h"

#include <date/tz.h>

#include <cstdio>
#include <exception>

#include "base/check.h"
#include "base/logging.h"

namespace salestream::calendar {
namespace {

constexpr std::int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour;

// Around a change of the zone's offset a local time may be none or two; further away it is one.
constexpr std::int64_t kUnsureSeconds = kDay;

std::int64_t floor_to(std::int64_t value, std::int64_t step) {
  const std::int64_t rest = value % step;
  return value - (rest < 0 ? rest + step : rest);
}

std::string offset_text(std::int64_t offset_seconds) {
  const std::int64_t size = offset_seconds < 0 ? -offset_seconds : offset_seconds;
  char text[32];
  int length = std::snprintf(text, sizeof text, "%c%02d:%02d", offset_seconds < 0 ? '-' : '+',
                             static_cast<int>(size / kHour), static_cast<int>(size % kHour / kMinute));
  if (size % kMinute != 0)
    std::snprintf(text + length, sizeof text - static_cast<std::size_t>(length), ":%02d",
                  static_cast<int>(size % kMinute));
  return text;
}

// The month that a moment of the zone's clock is in.
void set_month(std::int64_t local_seconds, std::int64_t& begin, std::int64_t& end) {
  const std::chrono::year_month_day date{
      std::chrono::sys_days(std::chrono::days(floor_to(local_seconds, kDay) / kDay))};
  const std::chrono::year_month month = date.year() / date.month();
  const auto first_second = [](std::chrono::year_month of) {
    return std::int64_t{std::chrono::sys_days(of / 1).time_since_epoch().count()} * kDay;
  };
  begin = first_second(month);
  end = first_second(month + std::chrono::months(1));
}

}  // namespace

std::string date_text(std::int64_t local_seconds) {
  const std::chrono::year_month_day date{
      std::chrono::sys_days(std::chrono::days(floor_to(local_seconds, kDay) / kDay))};
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
  return text;
}

class Windows::Zone {
 public:
  explicit Zone(const date::time_zone* zone) : zone_(*zone), info_(zone->get_info(date::sys_seconds{})) {}

  std::int64_t offset_at(std::int64_t utc_seconds) {
    const date::sys_seconds at{std::chrono::seconds(utc_seconds)};
    if (at < info_.begin || at >= info_.end) info_ = zone_.get_info(at);
    return info_.offset.count();
  }

  std::int64_t utc_of(std::int64_t local_seconds) {
    const std::int64_t guess = local_seconds - info_.offset.count();
    if (guess - kUnsureSeconds >= info_.begin.time_since_epoch().count() &&
        guess + kUnsureSeconds < info_.end.time_since_epoch().count())
      return guess;
    const auto found = zone_.get_info(date::local_seconds{std::chrono::seconds(local_seconds)});
    return local_seconds - found.first.offset.count();
  }

  const date::time_zone& zone() const { return zone_; }

 private:
  const date::time_zone& zone_;
  date::sys_info info_;  // of the last time that was asked for
};

Windows::Windows(std::unique_ptr<Zone> zone) : zone_(std::move(zone)) {}
Windows::~Windows() = default;
Windows::Windows(Windows&&) noexcept = default;
Windows& Windows::operator=(Windows&&) noexcept = default;

base::Result<Windows> Windows::create(const std::string& timezone) {
  try {
    return Windows(std::make_unique<Zone>(date::locate_zone(timezone)));
  } catch (const std::exception&) {
    return base::usage_error("there is no time zone '" + base::printable(timezone, 60) +
                             "' on this machine; zones are called as in /usr/share/zoneinfo (Debian package tzdata), "
                             "such as America/Sao_Paulo or UTC");
  }
}

Windows Windows::of(const core::Definition& definition) {
  auto windows = create(definition.timezone);
  SALESTREAM_CHECK(windows.ok());
  return std::move(*windows);
}

std::string_view Windows::name_of(core::Window unit, const core::OrderTime& time) {
  const std::int64_t utc = time.is_local ? zone_->utc_of(time.seconds) : time.seconds;
  const std::int64_t offset = zone_->offset_at(utc);
  const std::int64_t local = utc + offset;
  NamedWindow& window = last_[static_cast<std::size_t>(unit)];
  if (local >= window.begin && local < window.end && offset == window.offset_seconds) return window.name;

  window.offset_seconds = offset;
  const auto take = [&](std::int64_t length, std::int64_t begins_at) {
    window.begin = floor_to(local - begins_at, length) + begins_at;
    window.end = window.begin + length;
  };
  switch (unit) {
    case core::Window::kMinute: take(kMinute, 0); break;
    case core::Window::kHour: take(kHour, 0); break;
    case core::Window::kDay: take(kDay, 0); break;
    case core::Window::kWeek: take(7 * kDay, 4 * kDay); break;  // 1970-01-05 was a Monday
    case core::Window::kMonth: set_month(local, window.begin, window.end); break;
    case core::Window::kNone: SALESTREAM_CHECK(false);
  }
  const bool is_moment = unit == core::Window::kMinute || unit == core::Window::kHour;
  window.name = is_moment ? moment_text(window.begin - offset) : date_text(window.begin);
  return window.name;
}

std::string Windows::moment_text(std::int64_t utc_seconds) const {
  const date::sys_seconds at{std::chrono::seconds(utc_seconds)};
  const std::int64_t offset = zone_->zone().get_info(at).offset.count();
  const std::int64_t local = utc_seconds + offset;
  const auto of_day = static_cast<int>(local - floor_to(local, kDay));
  char clock[32];
  std::snprintf(clock, sizeof clock, "T%02d:%02d:%02d", of_day / 3600, of_day / 60 % 60, of_day % 60);
  return date_text(local) + clock + offset_text(offset);
}

}  // namespace salestream::calendar
