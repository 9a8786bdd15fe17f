// SPDX-License-Identifier: Apache-2.0
// The commands and options of a CLI11 app as plain values: what completion scripts are written from, so that they can't
// say anything else than --help does. Main thread.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace salestream::cli {

struct OptionNode {
  std::vector<std::string> names;  // "-q", "--quiet"
  std::string description;
  std::string value;               // what help calls its value: "N", "FILE|-", "CERT KEY"; empty: it takes none
  std::vector<std::string> words;  // what may stand there, where that is known
  bool takes_file = false;         // a file may stand there
};

struct CommandNode {
  std::string name;
  std::string description;
  std::vector<OptionNode> options;     // those that are taken here, without what the commands above take
  std::vector<std::string> arguments;  // what stands without a name: "PIPELINE"
  std::vector<CommandNode> commands;
};

// What --help shows of `app`, and its commands.
CommandNode command_tree_of(CLI::App& app);

// An option that lists what may stand there has a validator by this name: these words, with commas between them.
std::string validator_name(const std::vector<std::string>& words);

}  // namespace salestream::cli
