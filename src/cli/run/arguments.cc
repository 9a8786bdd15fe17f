// SPDX-License-Identifier: Apache-2.0
#include "cli/run/arguments.h"

#include "cli/app/cli11.h"
#include "cli/app/pipeline_arguments.h"
#include "cli/run/run.h"

namespace salestream::cli {
namespace {

constexpr std::int64_t kMaxTopRows = 1'000'000'000;
constexpr double kMinIntervalSeconds = 0.05;
constexpr double kMaxIntervalSeconds = 86'400;

}  // namespace

void add_run_command(CLI::App& app, Action& chosen) {
  auto [command, arguments] = add_command<RunArguments>(
      app, chosen, "run", "Count orders until Ctrl+C, and show the totals", run,
      "Exactly once: killed in whatever way, the next run goes on where this one was. Ctrl+C and SIGTERM save what "
      "was\n"
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
      "Where Spark has filled the tables (salestream spark): count anew from the beginning of the source, and fill "
      "them");
  command->add_flag("--wait", arguments->wait,
                    "While the store is unavailable at the start, wait for it, --wait=SECONDS at most so long");
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
      ->check(CLI::Range(std::int64_t{0}, kMaxTopRows).description(""));
  command->add_flag("-q,--quiet", arguments->quiet, "Print no totals and no progress, logging only");
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

}  // namespace salestream::cli
