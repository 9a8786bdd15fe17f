// SPDX-License-Identifier: Apache-2.0
// What a text or number that is no time looks like, for the person who has to correct it. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace salestream::calendar {

// "63072000000000000, which would be 1972-01-01 in nanoseconds; without `unit` …" Behind the name
// of the field and "is". `text`: a JSON number, or what stands in a string.
std::string describe_no_time(std::string_view text);

}  // namespace salestream::calendar
