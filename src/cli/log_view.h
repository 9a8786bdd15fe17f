// SPDX-License-Identifier: Apache-2.0
// Log lines above a block that is redrawn in place. The log calls it on any thread.
#pragma once

#include "cli/screen_block.h"

namespace salestream::cli {

// From now on the log goes above `block`, until base::set_log_sink(nullptr), which must come before the block's end.
void show_log_above(ScreenBlock& block);

}  // namespace salestream::cli
