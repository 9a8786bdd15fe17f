// SPDX-License-Identifier: Apache-2.0
// Orders as `produce` shows them on a terminal. Pure function; any thread.
#pragma once

#include <string>
#include <string_view>

namespace salestream::cli {

// JSON with a line for each value, two spaces a level; what is no JSON comes back as it is. Safe for a terminal.
std::string indented_json(std::string_view text);

}  // namespace salestream::cli
