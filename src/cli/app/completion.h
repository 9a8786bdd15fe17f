// SPDX-License-Identifier: Apache-2.0
// Completion scripts: what a shell offers when a person presses Tab after `salestream …`. The scripts are complete by
// themselves: they start no program, and need nothing but their shell. Pure functions; any thread.
#pragma once

#include <string>

#include "cli/app/command_tree.h"

namespace salestream::cli {

std::string bash_completion(const CommandNode& program);
std::string zsh_completion(const CommandNode& program);
std::string fish_completion(const CommandNode& program);

}  // namespace salestream::cli
