// SPDX-License-Identifier: Apache-2.0
#include "cli/app/argument_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/nearest_word.h"
#include "cli/terminal/text.h"

namespace salestream::cli {
namespace {

bool is_option(std::string_view argument) { return argument.size() > 1 && argument.starts_with('-'); }

// The option by this name, of a command or of one above it.
const OptionNode* find_option(const std::vector<const CommandNode*>& path, std::string_view name) {
  for (const CommandNode* command : path)
    for (const OptionNode& option : command->options)
      if (std::ranges::count(option.names, name) > 0) return &option;
  return nullptr;
}

// How many arguments behind its name are the option's values: "CERT KEY" are two.
std::size_t values_of(const OptionNode* option) {
  if (option == nullptr || option->value.empty()) return 0;
  return static_cast<std::size_t>(1 + std::ranges::count(option->value, ' '));
}

// Calls word(path, argument) for each argument that is no option and no value of one, with the commands that were named
// so far, and value(name, argument) for each value. Where one of them says true it is the last.
template <typename Word, typename Value>
void walk(const CommandNode& program, Arguments arguments, const Word& word, const Value& value) {
  std::vector<const CommandNode*> path{&program};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (!is_option(argument)) {
      if (word(*path.back(), argument)) return;
      for (const CommandNode& command : path.back()->commands)
        if (command.name == argument) {
          path.push_back(&command);
          break;
        }
      continue;
    }
    const std::size_t equals = argument.find('=');
    const std::string_view name = argument.substr(0, equals);
    if (equals != std::string_view::npos) {
      if (value(name, argument.substr(equals + 1))) return;
      continue;
    }
    for (std::size_t left = values_of(find_option(path, name)); left > 0 && i + 1 < arguments.size(); --left)
      if (value(name, arguments[++i])) return;
  }
}

}  // namespace

std::optional<std::string> say_what_is_empty(const CommandNode& program, Arguments arguments) {
  constexpr const char* kWhy = "empty. Perhaps a variable of the shell is not set? Nothing was done";
  std::optional<std::string> said;
  walk(
      program, arguments,
      [&](const CommandNode& command, std::string_view argument) {
        if (argument.empty())
          said = fmt::format("an argument{} is {}", command.name == program.name ? "" : " of " + command.name, kWhy);
        return said.has_value();
      },
      [&](std::string_view name, std::string_view value) {
        if (value.empty()) said = fmt::format("{}: its value is {}", for_terminal(name), kWhy);
        return said.has_value();
      });
  return said;
}

std::optional<std::string> say_what_is_no_command(const CommandNode& program, Arguments arguments) {
  std::optional<std::string> said;
  walk(
      program, arguments,
      [&](const CommandNode& command, std::string_view argument) {
        if (command.commands.empty()) return true;
        std::vector<std::string_view> names;
        for (const CommandNode& each : command.commands) names.push_back(each.name);
        if (std::ranges::count(names, argument) > 0) return false;
        const std::string of = command.name == program.name ? program.name : program.name + ' ' + command.name;
        const std::string_view meant = base::nearest_word(argument, names);
        said = fmt::format("{} has no command {}", of, for_terminal(argument));
        *said += meant.empty() ? fmt::format("; {} --help lists them", of) : fmt::format(": did you mean {}?", meant);
        return true;
      },
      [](std::string_view, std::string_view) { return false; });
  return said;
}

}  // namespace salestream::cli
