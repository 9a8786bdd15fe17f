// SPDX-License-Identifier: Apache-2.0
// The command line of `salestream run`. Main thread.
#pragma once

#include "cli/app/action.h"

namespace salestream::cli {

void add_run_command(CLI::App& app, Action& chosen);

}  // namespace salestream::cli
