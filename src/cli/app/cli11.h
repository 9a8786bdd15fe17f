// SPDX-License-Identifier: Apache-2.0
// How commands and their options are told to CLI11, the same for all. Includes CLI11 itself, whose header takes seconds
// to compile: for app.cc, plain_commands.cc and the arguments.cc of the folders only. Main thread.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/app/action.h"
#include "cli/app/command_tree.h"
#include "cli/app/output_format.h"

namespace salestream::cli {

inline constexpr const char* kGlobalFooter =
    "\n\nEverywhere: --log-level LEVEL, -v, --log FORMAT (see salestream --help).";

// A subcommand whose arguments live as long as the app; `work` is what it does. `footer`: what help says behind the
// options.
template <typename Arguments>
std::pair<CLI::App*, std::shared_ptr<Arguments>> add_command(CLI::App& app, Action& chosen, const std::string& name,
                                                             const std::string& description,
                                                             base::Result<int> (*work)(const Arguments&),
                                                             const std::string& footer) {
  CLI::App* command = app.add_subcommand(name, description);
  auto arguments = std::make_shared<Arguments>();
  command->fallthrough();
  command->footer(footer + kGlobalFooter);
  command->callback([&chosen, arguments, work] { chosen = [arguments, work] { return work(*arguments); }; });
  return {command, arguments};
}

// Words and what they mean. They live as long as the app.
template <typename Value>
using Names = std::vector<std::pair<std::string, Value>>;

// An option that takes one of these names; an error lists them.
template <typename Value>
void add_choice(CLI::App& command, const std::string& option, Value& chosen, const Names<Value>& names,
                const std::string& type_name, const std::string& description) {
  std::vector<std::string> words;
  for (const auto& [word, value] : names) words.push_back(word);
  command
      .add_option_function<std::string>(
          option,
          [&chosen, &names](const std::string& given) {
            for (const auto& [word, value] : names)
              if (word == given) chosen = value;
          },
          description)
      ->type_name(type_name)
      ->check(CLI::IsMember(words).description("").name(validator_name(words)));
}

// --format, for what is shown as a table or as JSON.
inline void add_table_or_json(CLI::App& command, Format& chosen) {
  static const Names<Format> names{{"table", Format::kTable}, {"json", Format::kJson}};
  add_choice(command, "--format", chosen, names, "FORMAT", "table or json (default: table)");
}

}  // namespace salestream::cli
