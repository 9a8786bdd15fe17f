// SPDX-License-Identifier: Apache-2.0
#include "cli/app/plain_commands.h"

#include "cli/app/cli11.h"
#include "cli/app/pipeline_arguments.h"
#include "cli/audit.h"
#include "cli/explain.h"
#include "cli/init.h"
#include "cli/reset.h"
#include "cli/status.h"
#include "cli/totals.h"

namespace salestream::cli {
namespace {

constexpr std::int64_t kMaxTop = 1'000'000'000;

const Names<Format> kTotalsFormats{{"table", Format::kTable}, {"csv", Format::kCsv}, {"json", Format::kJson}};

const Names<ExplainPart> kExplainParts{{"fields", ExplainPart::kFields},
                                       {"source", ExplainPart::kSource},
                                       {"cql", ExplainPart::kCql},
                                       {"sqlite", ExplainPart::kSqlite},
                                       {"spark", ExplainPart::kSpark}};

}  // namespace

void add_totals_command(CLI::App& app, Action& chosen) {
  auto [command, arguments] = add_command<TotalsArguments>(
      app, chosen, "totals", "Print the totals in the store, also while run is running", totals,
      "Ordered by the first measure, greatest first. csv is RFC 4180 with a line of names. In json, revenue and units\n"
      "are strings, since readers would turn numbers into doubles and lose digits; orders is a number.\n\n"
      "Example:\n"
      "  salestream totals pipelines/ecommerce_sales.yaml --top 10\n"
      "  salestream totals pipelines/ecommerce_sales.yaml --format csv > totals.csv");
  add_pipeline_arguments(*command, arguments->pipeline, {.only_reads = true});
  add_choice(*command, "--format", arguments->format, kTotalsFormats, "FORMAT", "table, csv or json (default: table)");
  command->add_option("--top", arguments->top, "Print the N greatest rows only; 0: all (default: 0)")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{0}, kMaxTop).description(""));
  command->add_option("--table", arguments->table, "Print this totals table only (default: all of them)")
      ->type_name("NAME");
}

void add_status_command(CLI::App& app, Action& chosen) {
  auto [command, arguments] = add_command<StatusArguments>(
      app, chosen, "status", "Show what of each partition is in the store, and what is still to be counted", status,
      "When the source does not answer, the store's part is shown all the same, and the exit code is 1.\n\n"
      "Example:\n  salestream status pipelines/ecommerce_sales.yaml");
  add_pipeline_arguments(*command, arguments->pipeline, {.only_reads = true});
  add_table_or_json(*command, arguments->format);
}

void add_audit_command(CLI::App& app, Action& chosen) {
  auto [command, arguments] = add_command<AuditArguments>(
      app, chosen, "audit", "Prove the totals: read the source again and compare everything", audit,
      "Reads the source from its first message to exactly what the store says it has, with a decoder and arithmetic of "
      "its\n"
      "own, and compares every row, cell, reject and counter; also while run is running. Changes nothing, unless\n"
      "--repair is given: that writes rows of totals again that are not the sums of their cells.\n"
      "Exit codes: 0 equal, 1 it could not be audited, 3 differences, 4 nothing wrong was found, but messages have "
      "expired\n"
      "or were compacted away, 5 nothing wrong was found, but a run was still writing some rows.\n\n"
      "Examples:\n"
      "  salestream audit pipelines/ecommerce_sales.yaml\n"
      "  salestream audit pipelines/ecommerce_sales.yaml --format json --all > audit.json\n"
      "  salestream audit pipelines/ecommerce_sales.yaml --repair");
  add_pipeline_arguments(*command, arguments->pipeline, {.workers = true, .only_reads = true});
  add_table_or_json(*command, arguments->format);
  command->add_flag("--all", arguments->all, "List all differences (default: the first 100)");
  command->add_flag("--repair", arguments->repair,
                    "Write rows of totals again that are not the sums of their cells, and compare them again");
  command->add_option("--truth", arguments->truth, "Compare with what produce --truth wrote to this file, too")
      ->type_name("FILE");
}

void add_init_command(CLI::App& app, Action& chosen) {
  auto [command, arguments] = add_command<InitArguments>(
      app, chosen, "init", "Make the topic and the tables, where they are not there yet", init,
      "With --from-sample it makes a pipeline file instead, with comments, from a look at some orders: at most 1,000\n"
      "messages and 16 MiB, of a topic from its beginning. It is a proposal for you to correct.\n\n"
      "Examples:\n"
      "  salestream init pipelines/ecommerce_sales.yaml\n"
      "  salestream init pipelines/ecommerce_sales.yaml --print > tables.cql\n"
      "  salestream init --from-sample orders.jsonl --output orders.yaml");
  add_pipeline_arguments(*command, arguments->pipeline, {.is_needed = false});
  command->add_flag("--print", arguments->print, "Print the statements that make the tables, and do nothing");
  CLI::Option* const sample =
      command
          ->add_option("--from-sample", arguments->sample.from,
                       "Write a pipeline file for orders as in this file of JSON lines, - for standard input, or this "
                       "Kafka topic")
          ->type_name("FILE|-|TOPIC")
          ->excludes("PIPELINE", "--print", "--input", "--store", "--allow-code");
  command
      ->add_option("--bootstrap-servers", arguments->sample.bootstrap_servers,
                   "Of the topic (default: $KAFKA_BROKERS, or localhost:9092)")
      ->type_name("HOST:PORT,…")
      ->needs(sample);
  command
      ->add_option("--output", arguments->sample.output,
                   "Write the pipeline file here, where no file may be (default: standard output)")
      ->type_name("FILE")
      ->needs(sample);
}

void add_explain_command(CLI::App& app, Action& chosen) {
  auto [command, arguments] = add_command<ExplainArguments>(
      app, chosen, "explain", "Print how the pipeline file is understood, as tables and as Spark SQL", explain,
      "Its fields, source and tables; on request the statements that make the tables in Cassandra and in SQLite, and\n"
      "the totals in Spark SQL, to be pasted. Asks neither Kafka nor the store; passwords are not shown.\n\n"
      "Examples:\n"
      "  salestream explain pipelines/ecommerce_sales.yaml\n"
      "  salestream explain pipelines/ecommerce_sales.yaml --only spark > totals.sql");
  add_pipeline_arguments(*command, arguments->pipeline, {});
  add_choice(*command, "--only", arguments->only, kExplainParts, "PART",
             "Print this part only, without its heading: fields, source, cql, sqlite or spark (default: fields and "
             "source)");
  command->add_flag("--all", arguments->all, "Print all parts");
}

void add_reset_command(CLI::App& app, Action& chosen) {
  auto [command, arguments] = add_command<ResetArguments>(
      app, chosen, "reset", "Delete the pipeline's totals, so that the next run counts anew", reset,
      "Example:\n  salestream reset pipelines/ecommerce_sales.yaml");
  add_pipeline_arguments(*command, arguments->pipeline, {});
  command->add_flag("-y,--yes", arguments->yes, "Don't ask");
}

}  // namespace salestream::cli
