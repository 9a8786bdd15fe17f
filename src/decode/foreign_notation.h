// SPDX-License-Identifier: Apache-2.0
// Texts that are no JSON: what other programs print, and other formats for the same. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace salestream::decode {

// Of a text that is no JSON, without white space before it: a sentence that says what it is and what to do; nothing:
// nothing that is known.
std::optional<std::string> describe_notation(std::string_view text);

}  // namespace salestream::decode
