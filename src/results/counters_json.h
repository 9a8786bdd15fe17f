// SPDX-License-Identifier: Apache-2.0
// What was counted, as the JSON that several outputs show it in. Pure functions; any thread.
#pragma once

#include "base/json_writer.h"
#include "core/cell.h"

namespace salestream::results {

// Into an object that is open: the members "messages", "orders", "items", "wrong_totals", "duplicates", "left_out" and
// "rejects".
void write_counters(base::JsonWriter& json, const core::Counters& counters);

// An object: how many messages were rejected for each of the reasons that there were.
void write_rejects(base::JsonWriter& json, const core::Counters& counters);

}  // namespace salestream::results
