// SPDX-License-Identifier: Apache-2.0
#include "cli/app/app.h"

int main(int argc, char** argv) { return salestream::cli::run_cli(argc, argv); }
