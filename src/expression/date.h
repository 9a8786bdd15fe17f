// SPDX-License-Identifier: Apache-2.0
// Dates of the years 0001 to 9999 as days since 1970-01-01, by the Gregorian calendar. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace salestream::expression {

// Of "YYYY-MM-DD" and nothing else; nothing when there is no such day.
std::optional<std::int32_t> days_of(std::string_view date);

// The other way round.
std::string date_text(std::int32_t days);

}  // namespace salestream::expression
