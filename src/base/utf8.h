// SPDX-License-Identifier: Apache-2.0
// What is valid UTF-8 and what is not (RFC 3629, table in section 4). Pure; any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace salestream::base {

// The length of the valid UTF-8 sequence that begins at `at`, or 0 when none does.
std::size_t utf8_sequence_length(std::string_view bytes, std::size_t at);

// Whether all of it is.
bool is_utf8(std::string_view bytes);

}  // namespace salestream::base
