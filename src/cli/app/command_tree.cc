// SPDX-License-Identifier: Apache-2.0
#include "cli/app/command_tree.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <string_view>

namespace salestream::cli {
namespace {

// "127.0.0.1" or "sqlite:FILE" are no words to choose from; "off", "-" and "max" are.
bool is_word(std::string_view text) {
  return text == "-" || (!text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::islower(c) != 0 || c == '_';
         }));
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    if (end > at) parts.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

OptionNode option_node_of(CLI::Option& option) {
  OptionNode node;
  for (const std::string& name : option.get_snames()) node.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) node.names.push_back("--" + name);
  node.description = option.get_description();
  if (option.get_type_size_max() == 0) return node;  // a flag
  node.value = option.get_type_name();
  for (const std::string& part : split(node.value, '|')) {
    if (part == "FILE" || part == "CERT KEY") node.takes_file = true;
    if (is_word(part)) node.words.push_back(part);
  }
  try {
    for (const std::string& word : split(option.get_validator(0)->get_name(), ',')) node.words.push_back(word);
  } catch (const CLI::OptionNotFound&) {  // it takes anything
  }
  return node;
}

}  // namespace

CommandNode command_tree_of(CLI::App& app) {
  CommandNode node;
  node.name = app.get_name();
  node.description = app.get_description();
  for (CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;  // hidden
    if (option->get_positional())
      node.arguments.push_back(option->get_name(true));
    else
      node.options.push_back(option_node_of(*option));
  }
  for (CLI::App* command : app.get_subcommands([](CLI::App* each) { return !each->get_group().empty(); }))
    node.commands.push_back(command_tree_of(*command));
  return node;
}

std::string validator_name(const std::vector<std::string>& words) {
  std::string name;
  for (const std::string& word : words) name += (name.empty() ? "" : ",") + word;
  return name;
}

}  // namespace salestream::cli
