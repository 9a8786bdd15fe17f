// SPDX-License-Identifier: Apache-2.0
// What mends what an audit has found: sentences for below its report. Pure functions; any thread.
#pragma once

#include <string>

#include "audit/report.h"

namespace salestream::cli {

// Of partitions whose source ends before what was counted.
std::string shorter_source_text(const audit::Report& report);

// What to do about all that differs. `is_repair`: rows are written again, or were, and what became of that is said
// elsewhere.
std::string advice_text(const audit::Report& report, bool is_repair);

}  // namespace salestream::cli
