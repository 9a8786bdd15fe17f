// SPDX-License-Identifier: Apache-2.0
// Pieces of JSON that the program writes in more than one place. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "core/cell.h"

namespace salestream::results {

using base::json_string;  // all that was counted is valid UTF-8

// The members of an object, without its braces: "messages", "orders", "items", "wrong_totals", and "rejects", an object
// of the reasons that there were.
std::string counters_json(const core::Counters& counters);

}  // namespace salestream::results
