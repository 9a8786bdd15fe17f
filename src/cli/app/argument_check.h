// SPDX-License-Identifier: Apache-2.0
// What is said of a command line in words of our own, before or instead of what CLI11 says of it. Pure functions; any
// thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cli/app/command_tree.h"

namespace salestream::cli {

// The arguments, without the program's name.
using Arguments = std::span<const std::string_view>;

// What to say of an argument that is empty, as that of an unset variable in a shell is: no option and no command has a
// use for one, and to take it for an option that was not given would do something else than was meant.
std::optional<std::string> say_what_is_empty(const CommandNode& program, Arguments arguments);

// What to say of a word that stands where a command belongs and is none; nothing where there is no such word.
std::optional<std::string> say_what_is_no_command(const CommandNode& program, Arguments arguments);

}  // namespace salestream::cli
