// SPDX-License-Identifier: Apache-2.0
// The time of an order as producers write it: ISO 8601 text or a number of epoch time. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/field.h"
#include "core/order.h"

namespace salestream::calendar {

// Years 0001 to 9999, in seconds since 1970-01-01 00:00.
inline constexpr std::int64_t kFirstSecond = -62'135'596'800;
inline constexpr std::int64_t kLastSecond = 253'402'300'799;
// An order's own time lies two days within them, so that its windows do so by every zone's clock.
inline constexpr std::int64_t kZoneSeconds = 2 * 86'400;
// A number's unit is told by its size, so it is a time only where no other unit is likely: in [1990-01-01, 2100-01-01).
inline constexpr std::int64_t kFirstEpochSecond = 631'152'000;
inline constexpr std::int64_t kEndOfEpochSeconds = 4'102'444'800;

// YYYY-MM-DD, alone or followed by `T` or a space and HH:MM, HH:MM:SS or HH:MM:SS.f…, and by nothing, Z, ±HH, ±HHMM or
// ±HH:MM (ISO 8601, RFC 3339). A second 60 counts as 59. Ten digits or more, also with a fraction, are a number of
// epoch time; with a unit, every JSON number is one. Nothing: it is no such text.
std::optional<core::OrderTime> time_of_text(std::string_view text, core::TimeUnit unit = core::TimeUnit::kBySize);

// Since 1970-01-01 00:00 UTC, a JSON number: seconds below 10^11, milliseconds below 10^14, microseconds below 10^17,
// nanoseconds beyond. Nothing: not from 1990 up to 2100.
// With a unit, so many of it, of the years 0001 to 9999: of UTC, but for days, which are dates, midnight by the clock
// of the pipeline's time zone, as of the text 2024-11-03.
std::optional<core::OrderTime> time_of_number(std::string_view number, core::TimeUnit unit = core::TimeUnit::kBySize);

// A date: days since 1970-01-01, a JSON number, of the years 0001 to 9999. Nothing: it is none.
std::optional<std::int32_t> days_of_number(std::string_view number);

// The first moment of a window, by the name that Windows gives it: since 1970-01-01 00:00, of UTC for a minute or an
// hour, of the date itself for the others. Nothing: it is no such name.
std::optional<std::int64_t> start_of_window(std::string_view name);

}  // namespace salestream::calendar
