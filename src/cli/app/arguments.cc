// SPDX-License-Identifier: Apache-2.0
// The command line: every command's options and help, but for those that have an _arguments.cc of their own.
#include <signal.h>

#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/logging.h"
#include "cli/app/add_command.h"
#include "cli/app/completion.h"

namespace salestream::cli {
namespace {

constexpr int kMaxWorkers = 256;
constexpr double kMinIntervalSeconds = 0.05;
constexpr double kMaxIntervalSeconds = 86'400;

constexpr std::int64_t kMaxTop = 1'000'000'000;

const Names<base::LogLevel> kLogLevels{{"debug", base::LogLevel::kDebug},
                                       {"info", base::LogLevel::kInfo},
                                       {"warning", base::LogLevel::kWarning},
                                       {"error", base::LogLevel::kError}};
const Names<base::LogFormat> kLogFormats{{"text", base::LogFormat::kText}, {"json", base::LogFormat::kJson}};
const Names<Format> kTotalsFormats{{"table", Format::kTable}, {"csv", Format::kCsv}, {"json", Format::kJson}};

const Names<ExplainPart> kExplainParts{{"fields", ExplainPart::kFields},
                                       {"source", ExplainPart::kSource},
                                       {"cql", ExplainPart::kCql},
                                       {"sqlite", ExplainPart::kSqlite},
                                       {"spark", ExplainPart::kSpark}};

void add_run(CLI::App& app, Action& chosen) {
  auto [command, arguments] = add_command<RunArguments>(
      app, chosen, "run", "Count orders until Ctrl+C, and show the totals", run,
      "Exactly once: killed in whatever way, the next run goes on where this one was. Ctrl+C and SIGTERM save what was\n"
      "read and print the final table.\n\n"
      "Examples:\n"
      "  salestream run pipelines/ecommerce_sales.yaml\n"
      "  salestream run pipelines/ecommerce_sales.yaml --until-end --input orders.jsonl --store sqlite:sales.db\n"
      "  zcat orders.jsonl.gz | salestream run pipelines/ecommerce_sales.yaml --input -");
  add_pipeline_arguments(*command, arguments->pipeline, {.workers = true});
  command->add_flag("--until-end", arguments->until_end,
                    "Stop once the end that each partition has now is reached, and show progress on the way");
  command->add_flag("--accept-short-window", arguments->accept_short_window,
                    "Go on although messages that `deduplicate` has to read again have expired from the topic");
  command->add_flag(
      "--take-over", arguments->take_over,
      "Where Spark has filled the tables (salestream spark): count anew from the log's beginning, and fill them");
  command->add_flag(
      "--console", arguments->console,
      "Print the complete table whenever it has changed, as is done anyway when the output is no terminal");
  command
      ->add_option("--interval", arguments->interval_seconds,
                   "Seconds between two looks at the totals (0.5 for the live table, otherwise 1)")
      ->type_name("SECONDS")
      ->check(CLI::Range(kMinIntervalSeconds, kMaxIntervalSeconds).description(""));
  command
      ->add_option("--top", arguments->top,
                   "Show the N greatest rows of each table only; 0: all (20 in the live table, otherwise 100000)")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{0}, kMaxTop).description(""));
  command->add_flag("-q,--quiet", arguments->quiet, "Print no totals and no progress, the log only");
  command
      ->add_option("--http", arguments->http,
                   "Serve the web page here, off: nowhere (default: 127.0.0.1:8080, or one of the next ports)")
      ->type_name("[HOST:]PORT|off");
  command
      ->add_option("--http-token-file", arguments->http_token_file,
                   "Let nobody see the web page who doesn't have the token in this file")
      ->type_name("FILE");
  command
      ->add_option("--http-tls", arguments->http_tls,
                   "Serve the web page over TLS, with this certificate and its key (two files, PEM); needs --http")
      ->type_name("CERT KEY");
}

void add_totals(CLI::App& app, Action& chosen) {
  auto [command, arguments] = add_command<TotalsArguments>(
      app, chosen, "totals", "Print the totals in the store, also while run is running", totals,
      "Ordered by the first measure, greatest first. csv is RFC 4180 with a line of names. In json, revenue and units\n"
      "are strings, since readers would turn numbers into doubles and lose digits; orders is a number.\n\n"
      "Example:\n"
      "  salestream totals pipelines/ecommerce_sales.yaml --top 10\n"
      "  salestream totals pipelines/ecommerce_sales.yaml --format csv > totals.csv");
  add_pipeline_arguments(*command, arguments->pipeline, {});
  add_choice(*command, "--format", arguments->format, kTotalsFormats, "FORMAT", "table, csv or json (default: table)");
  command->add_option("--top", arguments->top, "Print the N greatest rows only; 0: all (default: 0)")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{0}, kMaxTop).description(""));
  command->add_option("--table", arguments->table, "Print this totals table only (default: all of them)")
      ->type_name("NAME");
}

void add_init(CLI::App& app, Action& chosen) {
  auto [command, arguments] = add_command<InitArguments>(
      app, chosen, "init", "Make the topic and the tables, where they are not there yet", init,
      "Example:\n"
      "  salestream init pipelines/ecommerce_sales.yaml\n"
      "  salestream init pipelines/ecommerce_sales.yaml --print > tables.cql");
  add_pipeline_arguments(*command, arguments->pipeline, {});
  command->add_flag("--print", arguments->print, "Print the statements that make the tables, and do nothing");
}

void add_explain(CLI::App& app, Action& chosen) {
  auto [command, arguments] = add_command<ExplainArguments>(
      app, chosen, "explain", "Print how the pipeline file is understood, as tables and as Spark SQL", explain,
      "Its fields, source and tables, the statements that make the tables in Cassandra and in SQLite, and the totals in\n"
      "Spark SQL, to be pasted. Asks neither Kafka nor the store; passwords are not shown.\n\n"
      "Examples:\n"
      "  salestream explain pipelines/ecommerce_sales.yaml\n"
      "  salestream explain pipelines/ecommerce_sales.yaml --only spark > totals.sql");
  add_pipeline_arguments(*command, arguments->pipeline, {});
  add_choice(*command, "--only", arguments->only, kExplainParts, "PART",
             "Print this part only, without its heading: fields, source, cql, sqlite or spark (default: all of them)");
}

void add_status(CLI::App& app, Action& chosen) {
  auto [command, arguments] = add_command<StatusArguments>(
      app, chosen, "status", "Show what of each partition is in the store, and how far behind the log it is", status,
      "When the log does not answer, the store's part is shown all the same, and the exit code is 1.\n\n"
      "Example:\n  salestream status pipelines/ecommerce_sales.yaml");
  add_pipeline_arguments(*command, arguments->pipeline, {});
  add_table_or_json(*command, arguments->format);
}

void add_audit(CLI::App& app, Action& chosen) {
  auto [command, arguments] = add_command<AuditArguments>(
      app, chosen, "audit", "Prove the totals: read the log again and compare everything", audit,
      "Reads the log from its first message to exactly what the store says it has, with a decoder and arithmetic of its\n"
      "own, and compares every row, cell, reject and counter; also while run is running. Changes nothing.\n"
      "Exit codes: 0 equal, 1 it could not be audited, 3 differences, 4 nothing wrong was found, but messages have expired.\n\n"
      "Examples:\n"
      "  salestream audit pipelines/ecommerce_sales.yaml\n"
      "  salestream audit pipelines/ecommerce_sales.yaml --format json --all > audit.json");
  add_pipeline_arguments(*command, arguments->pipeline, {.workers = true});
  add_table_or_json(*command, arguments->format);
  command->add_flag("--all", arguments->all, "List all differences (default: the first 100)");
  command->add_option("--truth", arguments->truth, "Compare with what produce --truth wrote to this file, too")
      ->type_name("FILE");
}

void add_reset(CLI::App& app, Action& chosen) {
  auto [command, arguments] = add_command<ResetArguments>(
      app, chosen, "reset", "Delete the pipeline's totals, so that the next run counts anew", reset,
      "Example:\n  salestream reset pipelines/ecommerce_sales.yaml");
  add_pipeline_arguments(*command, arguments->pipeline, {});
  command->add_flag("-y,--yes", arguments->yes, "Don't ask");
}

// Prints a completion script. Hidden: the package has done it already, and who builds by hand reads docs/install.md.
void add_completion(CLI::App& app, Action& chosen) {
  CLI::App* command = app.add_subcommand("completion", "Print a completion script for this shell");
  command->group("");
  auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell)->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([&app, &chosen, shell] {
    chosen = [&app, shell]() -> base::Result<int> {
      const CommandModel program = model_of(app);
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

void add_pipeline_arguments(CLI::App& command, PipelineArguments& arguments, PipelineOptions options) {
  command.add_option("PIPELINE", arguments.file, "The pipeline file (YAML)")->required()->type_name("FILE");
  if (options.input)
    command.add_option("--input", arguments.input, "Read orders from this file of JSON lines, - for standard input")
        ->type_name("FILE|-");
  if (options.store)
    command.add_option("--store", arguments.store, "Keep totals here instead of where the pipeline file says")
        ->type_name("sqlite:FILE|cassandra:HOST:PORT/KEYSPACE");
  if (options.workers)
    command.add_option("--workers", arguments.workers, "Read with so many threads")
        ->type_name("N")
        ->check(CLI::Range(1, kMaxWorkers).description(""));
}

int run_cli(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);  // a reader that went away is an error of write(), and none of ours

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
  add_run(app, chosen);
  add_totals(app, chosen);
  add_status(app, chosen);
  add_audit(app, chosen);
  add_init(app, chosen);
  add_explain(app, chosen);
  add_rejects_command(app, chosen);
  add_spark_command(app, chosen);
  add_reset(app, chosen);
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
