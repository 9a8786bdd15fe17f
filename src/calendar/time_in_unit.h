// SPDX-License-Identifier: Apache-2.0
// A time whose unit the pipeline file names. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/field.h"
#include "core/order.h"

namespace salestream::calendar {

// A JSON number of units since 1970-01-01, of any sign; of UTC, but for days, which are dates: midnight by the clock of
// the pipeline's time zone, as of the text 2024-11-03. Fractions of seconds are left out. Nothing: not within the years
// 0001 to 9999, as docs/orders.md bounds them. kBySize: as time_of_number.
std::optional<core::OrderTime> time_in_unit(std::string_view number, core::TimeUnit unit);

// A date: days since 1970-01-01, of the years 0001 to 9999. Nothing: it is none.
std::optional<std::int32_t> days_of_number(std::string_view number);

// The same as time_in_unit of a text: ISO 8601 whatever the unit, or such a number.
std::optional<core::OrderTime> time_of_text_in_unit(std::string_view text, core::TimeUnit unit);

}  // namespace salestream::calendar
