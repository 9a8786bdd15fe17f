// SPDX-License-Identifier: Apache-2.0
// Moments in UTC as people and other programs read them. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace salestream::base {

// "2026-11-21T09:30:00.125Z"; nothing for a time outside the years 1970 to 9999, as of a source that gives none.
std::optional<std::string> iso_time(std::int64_t timestamp_ms);
// The reverse; -1 when it is not of this form.
std::int64_t parse_iso_time(std::string_view text);

}  // namespace salestream::base
