// SPDX-License-Identifier: Apache-2.0
// The command line of the commands that are one file each. Main thread.
#pragma once

#include "cli/app/action.h"

namespace salestream::cli {

// Each adds one subcommand to `app`; when the command line names it, its callback sets `chosen`.
void add_totals_command(CLI::App& app, Action& chosen);
void add_status_command(CLI::App& app, Action& chosen);
void add_audit_command(CLI::App& app, Action& chosen);
void add_init_command(CLI::App& app, Action& chosen);
void add_explain_command(CLI::App& app, Action& chosen);
void add_reset_command(CLI::App& app, Action& chosen);

}  // namespace salestream::cli
