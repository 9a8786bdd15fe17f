// SPDX-License-Identifier: Apache-2.0
// JSON strings, for whoever writes JSON. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

namespace salestream::base {

// A JSON string with its quotes (RFC 8259). Takes valid UTF-8.
std::string json_string(std::string_view text);

// The same of bytes that may be anything: what is no UTF-8 becomes U+FFFD.
std::string json_string_of_bytes(std::string_view bytes);

}  // namespace salestream::base
