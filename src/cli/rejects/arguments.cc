// SPDX-License-Identifier: Apache-2.0
#include "cli/rejects/arguments.h"

#include <limits>

#include "cli/app/cli11.h"
#include "cli/app/pipeline_arguments.h"
#include "cli/rejects/rejects.h"
#include "cli/rejects/resend.h"
#include "rejects/selection.h"

namespace salestream::cli {
namespace {

void add_which(CLI::App& verb, RejectArguments& which) {
  verb.add_option("--reason", which.reason, "Only those with this reason, such as invalid_json")->type_name("REASON");
  verb.add_option("--partition", which.partition, "Only those of this partition")
      ->type_name("N")
      ->check(CLI::Range(0, std::numeric_limits<int>::max()).description(""));
  verb.add_option("--from-offset", which.from_offset, "Only those from this offset on")->type_name("OFFSET");
  verb.add_option("--to-offset", which.to_offset, "Only those up to this offset, itself included")->type_name("OFFSET");
}

void add_list(CLI::App& rejects, Action& chosen) {
  auto [verb, arguments] = add_command<RejectsListArguments>(
      rejects, chosen, "list", "List rejects: where, when, why, and what became of them", list_rejects,
      "By partition and offset. The state is kept, or sent with the time: sent to the topic again.\n\n"
      "Examples:\n"
      "  salestream rejects list pipelines/ecommerce_sales.yaml\n"
      "  salestream rejects list pipelines/ecommerce_sales.yaml --reason invalid_json --format json");
  add_pipeline_arguments(*verb, arguments->pipeline, {.only_reads = true});
  add_which(*verb, arguments->which);
  add_table_or_json(*verb, arguments->format);
  verb->add_option("--limit", arguments->limit, "List so many at most (default: 100)")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, kMaxListedRejects).description(""));
}

void add_show(CLI::App& rejects, Action& chosen) {
  auto [verb, arguments] = add_command<RejectsShowArguments>(
      rejects, chosen, "show", "Show one reject whole, with its original bytes", show_reject,
      "Examples:\n"
      "  salestream rejects show pipelines/ecommerce_sales.yaml 0:1042\n"
      "  salestream rejects show pipelines/ecommerce_sales.yaml 0:1042 --raw > message.bin");
  add_pipeline_arguments(*verb, arguments->pipeline, {.only_reads = true});
  verb->add_option("PLACE", arguments->place, "Where it stands, as list shows it")
      ->required()
      ->type_name("PARTITION:OFFSET");
  verb->add_flag("--raw", arguments->raw, "Print the message's bytes exactly as they came, and nothing else");
}

void add_export(CLI::App& rejects, Action& chosen) {
  auto [verb, arguments] = add_command<RejectsExportArguments>(
      rejects, chosen, "export", "Write rejects as lines of JSON, to be edited and sent again", export_rejects,
      "A file is there whole or not at all. What is no text stands there as base64.\n\n"
      "Example:\n"
      "  salestream rejects export pipelines/ecommerce_sales.yaml --reason missing_field --out rejects.jsonl");
  add_pipeline_arguments(*verb, arguments->pipeline, {.only_reads = true});
  add_which(*verb, arguments->which);
  verb->add_option("--out", arguments->out, "Write them to this file; - for standard output (default: -)")
      ->type_name("FILE|-");
}

void add_resend(CLI::App& rejects, Action& chosen) {
  auto [verb, arguments] = add_command<RejectsResendArguments>(
      rejects, chosen, "resend", "Send rejects to the topic again, each once, as they are or edited", resend_rejects,
      "All in one Kafka transaction, with their keys, each to the partition that it came from. What was sent is "
      "marked\n"
      "in the store and is not sent a second time, also when this is killed at any moment and run again.\n\n"
      "Examples:\n"
      "  salestream rejects resend pipelines/ecommerce_sales.yaml --reason missing_field --dry-run\n"
      "  salestream rejects resend pipelines/ecommerce_sales.yaml 0:1042 0:1077\n"
      "  salestream rejects resend pipelines/ecommerce_sales.yaml --from edited.jsonl");
  add_pipeline_arguments(*verb, arguments->pipeline, {.input = false});
  verb->add_option("PLACE", arguments->places, "These, by where they stand, as list shows it")
      ->type_name("PARTITION:OFFSET");
  verb->add_flag("--all", arguments->all, "All that were not sent yet");
  verb->add_option("--reason", arguments->reason, "All with this reason that were not sent yet")->type_name("REASON");
  verb->add_option("--from", arguments->from,
                   "Those in this file, written by export, with key and message as they stand there")
      ->type_name("FILE");
  verb->add_option("--limit", arguments->limit, "The first so many of them (one transaction takes 10000 at most)")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, rejects::kMaxMessagesPerResend).description(""));
  verb->add_flag("--dry-run", arguments->dry_run, "Only say what would be sent");
  verb->add_flag("--again", arguments->again, "Also those that were sent before, or perhaps were");
}

}  // namespace

void add_rejects_command(CLI::App& app, Action& chosen) {
  CLI::App* rejects = app.add_subcommand("rejects", "Look at messages that could not be counted, and send them again");
  rejects->fallthrough();
  rejects->require_subcommand(1);
  rejects->footer("Example:\n  salestream rejects list pipelines/ecommerce_sales.yaml" + std::string(kGlobalFooter));
  add_list(*rejects, chosen);
  add_show(*rejects, chosen);
  add_export(*rejects, chosen);
  add_resend(*rejects, chosen);
}

}  // namespace salestream::cli
