// SPDX-License-Identifier: Apache-2.0
// Text for people and for other programs: how wide it is on a terminal, how it is cut, grouped, quoted. Pure functions;
// any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace salestream::cli {

// Bytes from outside, made safe for a terminal: base::printable, and what turns the direction of writing around or
// can't be seen (U+202E, U+2028, U+200B, a byte order mark) becomes \u{202e}. Nothing that this returns can move the
// cursor, and no two names look the same because of what is not shown.
std::string for_terminal(std::string_view bytes);

// Columns that `text`, the result of for_terminal, takes on a terminal: wide characters take two, combining ones none.
int display_width(std::string_view text);

// The longest beginning of `text` that fits, with "…" at its end when something is missing.
std::string cut_to_width(std::string_view text, int width_columns);

std::string grouped(std::int64_t n);  // 1,234,567
// "1 order", "1,234 orders"; `many`: the plural that isn't `one` with an s.
std::string count_of(std::int64_t n, std::string_view one, std::string_view many = {});
std::string rate_text(double per_second);   // "1,234/s", "0.3/s"
std::string duration_text(double seconds);  // "4.2 s", "3:07 min", "2:03:07 h"
std::string percent_text(double fraction);  // "46 %"; 100 % only when all is done

}  // namespace salestream::cli
