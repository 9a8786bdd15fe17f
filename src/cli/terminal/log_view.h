// SPDX-License-Identifier: Apache-2.0
// What is said on stderr beside and around the log's own lines. Any thread.
#pragma once

#include <string_view>

#include "base/logging.h"
#include "cli/terminal/screen_block.h"

namespace salestream::cli {

// From now on the log goes above `block`, until base::set_log_sink(nullptr), which must come before the block's end.
void show_log_above(ScreenBlock& block);

// A line that is no event of the log, such as progress: as it is or, when the log is JSON, as one of its lines, so that
// a program that reads stderr finds nothing else there.
void say(std::string_view line, base::LogFields fields = {});

}  // namespace salestream::cli
