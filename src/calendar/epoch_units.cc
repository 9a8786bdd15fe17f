// SPDX-License-Identifier: Apache-2.0
#include "calendar/epoch_units.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "base/iso_time.h"
#include "base/logging.h"

namespace salestream::calendar {
namespace {

constexpr std::size_t kMaxShownBytes = 60;
constexpr double kFirstMs = 0, kLastMs = 7'258'118'400'000;  // 1970 to 2200: what people mean

constexpr std::pair<const char*, double> kUnits[] = {
    {"days", 86'400'000}, {"seconds", 1'000}, {"milliseconds", 1}, {"microseconds", 1e-3}, {"nanoseconds", 1e-6}};

// Only to be looked at, so a double does.
std::optional<double> value_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

// "2024-11-03 in days, 1970-01-01 in seconds, milliseconds, microseconds or nanoseconds"; empty: none that is likely.
std::string dates_of(double value) {
  std::string text;
  std::string date_before;
  for (const auto& [unit, ms] : kUnits) {
    if (!(value * ms >= kFirstMs && value * ms < kLastMs)) continue;
    const std::string date = base::iso_time(static_cast<std::int64_t>(value * ms)).value_or("").substr(0, 10);
    if (date == date_before)
      text += fmt::format(" or {}", unit);
    else
      text += fmt::format("{}{} in {}", text.empty() ? "" : ", ", date, unit);
    date_before = date;
  }
  return text;
}

}  // namespace

std::string describe_no_time(std::string_view text) {
  const std::string shown = base::printable(text, kMaxShownBytes);
  const std::optional<double> value = value_of(text);
  if (!value)
    return fmt::format("'{}', and a time is ISO 8601 such as 2024-11-03T14:25:07-03:00, or a number of epoch time",
                       shown);
  const std::string dates = dates_of(*value);
  return fmt::format("{}{}; without `unit` in the pipeline file a number is a time from 1990 to 2100 only", shown,
                     dates.empty() ? ", which is no likely date in any unit" : ", which would be " + dates);
}

}  // namespace salestream::calendar
