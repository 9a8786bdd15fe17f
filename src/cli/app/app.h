// SPDX-License-Identifier: Apache-2.0
// The program as one function: reads the command line, does what it says, and says what went wrong. Main thread.
#pragma once

namespace salestream::cli {

// The exit code (app/exit_codes.h).
int run_cli(int argc, char** argv);

}  // namespace salestream::cli
