// SPDX-License-Identifier: Apache-2.0
#include "cli/app/app.h"

#include <signal.h>

#include <iostream>
#include <memory>
#include <string>
#include <string_view>

#include "base/logging.h"
#include "cli/app/cli11.h"
#include "cli/app/completion.h"
#include "cli/app/exit_codes.h"
#include "cli/app/plain_commands.h"
#include "cli/produce/arguments.h"
#include "cli/rejects/arguments.h"
#include "cli/run/arguments.h"
#include "cli/spark/arguments.h"
#include "cli/terminal/print.h"

namespace salestream::cli {
namespace {

const Names<base::LogLevel> kLogLevels{{"debug", base::LogLevel::kDebug},
                                       {"info", base::LogLevel::kInfo},
                                       {"warning", base::LogLevel::kWarning},
                                       {"error", base::LogLevel::kError}};
const Names<base::LogFormat> kLogFormats{{"text", base::LogFormat::kText}, {"json", base::LogFormat::kJson}};

// Prints a completion script. Hidden: the package installs the scripts already; docs/install.md is for a build by hand.
void add_completion(CLI::App& app, Action& chosen) {
  CLI::App* command = app.add_subcommand("completion", "Print a completion script for this shell");
  command->group("");
  auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell)->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([&app, &chosen, shell] {
    chosen = [&app, shell]() -> base::Result<int> {
      const CommandNode program = command_tree_of(app);
      SALESTREAM_TRY(print(*shell == "bash"  ? bash_completion(program)
                           : *shell == "zsh" ? zsh_completion(program)
                                             : fish_completion(program)));
      return kExitDone;
    };
  });
}

// Also when the rest of the command line makes no sense: what is said of that is for the same reader.
bool is_json_asked_for(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--log=json" || (argument == "--log" && i + 1 < argc && std::string_view(argv[i + 1]) == "json"))
      return true;
  }
  return false;
}

int exit_code_of(const base::Error& error) { return error.kind == base::ErrorKind::kUsage ? kExitUsage : kExitFailure; }

}  // namespace

int run_cli(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);  // a reader that has ended is an error of write(), and no signal

  CLI::App app{"Exact totals per product from a stream of orders, kept whatever happens."};
  app.name("salestream");
  app.require_subcommand(0, 1);  // that there is one is checked below: CLI11 would not name a mistyped one
  app.set_version_flag("--version", "salestream " SALESTREAM_VERSION);
  app.footer(
      "Exit codes: 0 done, 1 failed, 2 the command line or the pipeline file is wrong; 3 and 4: see audit.\n"
      "salestream COMMAND --help says more about a command.\n\n"
      "Example:\n  salestream run pipelines/demo.yaml");
  base::LogLevel level = base::LogLevel::kInfo;
  bool verbose = false;
  add_choice(app, "--log-level", level, kLogLevels, "LEVEL",
             "Log this and worse, on stderr: debug, info, warning or error (default: info)");
  base::LogFormat format = base::LogFormat::kText;
  add_choice(app, "--log", format, kLogFormats, "FORMAT",
             "Log as text for people or as json, an object a line, for programs (default: text)");
  app.add_flag("-v,--verbose", verbose, "The same as --log-level debug");

  Action chosen;
  add_run_command(app, chosen);
  add_totals_command(app, chosen);
  add_status_command(app, chosen);
  add_audit_command(app, chosen);
  add_init_command(app, chosen);
  add_explain_command(app, chosen);
  add_rejects_command(app, chosen);
  add_spark_command(app, chosen);
  add_reset_command(app, chosen);
  add_produce_command(app, chosen);
  add_completion(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0 && is_json_asked_for(argc, argv)) {
      base::set_log_format(base::LogFormat::kJson);
      base::log_error(error.what());
      return kExitUsage;
    }
    return app.exit(error) == 0 ? kExitDone : kExitUsage;
  }
  base::set_log_format(format);
  if (!chosen && format == base::LogFormat::kJson) {
    base::log_error("salestream needs a COMMAND; salestream --help lists them");
    return kExitUsage;
  }
  if (!chosen) {
    std::cerr << app.help() << "\nsalestream needs a COMMAND, one of those above.\n";
    return kExitUsage;
  }
  base::set_log_level(verbose ? base::LogLevel::kDebug : level);

  const base::Result<int> outcome = chosen();
  if (outcome.ok()) return *outcome;
  base::log_error(outcome.error().message);
  return exit_code_of(outcome.error());
}

}  // namespace salestream::cli
