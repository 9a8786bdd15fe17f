// SPDX-License-Identifier: Apache-2.0
#include "cli/app/app.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/logging.h"
#include "cli/app/argument_check.h"
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

// For a build by hand: the package installs the scripts already.
void add_completion(CLI::App& app, Action& chosen) {
  CLI::App* command = app.add_subcommand("completion", "Print a completion script for this shell");
  command->fallthrough();
  command->footer(std::string("Example:\n  salestream completion bash > salestream.bash") + kGlobalFooter);
  auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->type_name("SHELL")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}).description(""));
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

// `salestream help rejects list`: what `salestream rejects list --help` prints.
base::Result<int> help(CLI::App& app, const std::vector<std::string>& words) {
  CLI::App* at = &app;
  std::string above;
  for (const std::string& word : words) {
    const auto found = at->get_subcommands([&](CLI::App* each) { return each->get_name() == word; });
    if (found.empty()) {
      const std::vector<std::string_view> arguments(words.begin(), words.end());
      return base::usage_error(say_what_is_no_command(command_tree_of(app), arguments)
                                   .value_or(fmt::format("{} has no commands", at->get_name())));
    }
    above += (above.empty() ? "" : " ") + at->get_name();
    at = found.front();
  }
  // App::help() would be that of the command that was named: of this one.
  SALESTREAM_TRY(print(at == &app ? app.get_formatter()->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal)
                                  : at->help(above)));
  return kExitDone;
}

void add_help(CLI::App& app, Action& chosen) {
  CLI::App* command = app.add_subcommand("help", "Print the help of a command");
  command->fallthrough();
  command->footer(std::string("Example:\n  salestream help run") + kGlobalFooter);
  auto words = std::make_shared<std::vector<std::string>>();
  command->add_option("COMMAND", *words, "Of this command; without one, the list of all of them")->type_name("COMMAND");
  command->callback([&app, &chosen, words] { chosen = [&app, words] { return help(app, *words); }; });
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

// What is wrong with the command line, and the exit code for it.
int refuse(const std::string& what, int argc, char** argv) {
  if (is_json_asked_for(argc, argv)) {
    base::set_log_format(base::LogFormat::kJson);
    base::log_error(what);
  } else {
    std::cerr << what << "\nRun with --help for more information.\n";
  }
  return kExitUsage;
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
      "Exit codes: 0 done, 1 failed, 2 the command line or the pipeline file is wrong; 3 to 5: see audit.\n"
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
  add_help(app, chosen);
  const std::vector<std::string_view> arguments(argv + std::min(argc, 1), argv + argc);
  const CommandNode program = command_tree_of(app);
  if (const auto said = say_what_is_empty(program, arguments)) return refuse(*said, argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // help was asked for, or the version
    return refuse(say_what_is_no_command(program, arguments).value_or(error.what()), argc, argv);
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
