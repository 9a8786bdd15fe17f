// SPDX-License-Identifier: Apache-2.0
// What is valid UTF-8 and what is not (RFC 3629, table in section 4), and which characters are not to be seen. Pure;
// any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace salestream::base {

// The length of the valid UTF-8 sequence that begins at `at`, or 0 when none does.
std::size_t utf8_sequence_length(std::string_view bytes, std::size_t at);

// Whether all of it is.
bool is_utf8(std::string_view bytes);

// The code point of a valid sequence.
char32_t code_point(std::string_view sequence);

// Whether a terminal obeys it rather than showing it: C0 and C1 controls and DEL, ends of lines and paragraphs, and the
// controls that turn the direction of the text around them, so that a line reads as another.
bool is_control(char32_t code_point);

}  // namespace salestream::base
