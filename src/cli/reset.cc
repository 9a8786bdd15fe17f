// SPDX-License-Identifier: Apache-2.0
#include "cli/reset.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <iostream>

#include "cli/app/exit_codes.h"
#include "cli/app/open_pipeline.h"
#include "cli/app/reading_check.h"
#include "cli/terminal/console_text.h"
#include "cli/terminal/print.h"
#include "cli/terminal/text.h"
#include "results/snapshot.h"

namespace salestream::cli {
namespace {

// What would be lost, for people. By a look of its own: a store is opened once.
base::Result<std::string> describe_contents(const config::PipelineFile& file) {
  SALESTREAM_ASSIGN(const ShownPipeline shown, open_to_show(file));
  SALESTREAM_ASSIGN(auto reader, results::SnapshotReader::open(shown.counted.definition, *shown.store));
  SALESTREAM_ASSIGN(const results::Snapshot snapshot, reader.read({.rows = 1}));
  std::string text;
  for (const results::ShownTable& table : snapshot.tables)
    text += fmt::format("  {}: {}\n", for_terminal(table.name), count_of(table.all_rows, "row"));
  if (shown.store->engine() == store::Engine::kSpark) return text + "  counted by Spark\n";
  return text + fmt::format("  {} counted, {}\n", count_of(snapshot.counters.orders, "order"),
                            rejects_text(snapshot.counters));
}

// In English or Portuguese, in whatever case.
bool is_yes(std::string answer) {
  std::erase_if(answer, [](unsigned char c) { return std::isspace(c) != 0; });
  std::ranges::transform(answer, answer.begin(), [](unsigned char c) { return std::tolower(c); });
  return answer == "y" || answer == "yes" || answer == "s" || answer == "sim";
}

// What can't be looked at is reset all the same.
bool is_filled_by_spark(const config::PipelineFile& file) {
  if (!std::holds_alternative<store::CassandraOptions>(file.store)) return false;
  const auto shown = open_to_show(file);
  return shown.ok() && shown->store->engine() == store::Engine::kSpark;
}

}  // namespace

base::Result<int> reset(const ResetArguments& arguments) {
  if (!arguments.yes && isatty(STDIN_FILENO) == 0)
    return base::usage_error("reset deletes totals, and there is no terminal to ask on: say --yes to mean it");
  SALESTREAM_ASSIGN(const OpenedPipeline opened, open_pipeline(arguments.pipeline));
  const std::string& pipeline = opened.file.definition.pipeline;
  if (!arguments.yes) {
    const auto contents = describe_contents(opened.file);
    // Getting rid of what can't be read is what reset is for, too.
    SALESTREAM_TRY(print(fmt::format(
        "This deletes what {} holds of pipeline {}:\n{}The next run reads the source again, from where it begins now.\n"
        "Delete? [y/N] ",
        opened.store->where(), pipeline,
        contents.ok() ? *contents : fmt::format("  (how much can't be told: {})\n", contents.error().message))));
    std::string answer;
    std::getline(std::cin, answer);
    if (!is_yes(answer)) {
      SALESTREAM_TRY(print("nothing was changed\n"));
      return kExitFailure;
    }
  }
  SALESTREAM_TRY(check_nobody_reads(opened, "a reset"));
  const bool was_sparks = is_filled_by_spark(opened.file);
  SALESTREAM_TRY(opened.store->reset());
  SALESTREAM_TRY(print(fmt::format("{} holds nothing of pipeline {} any more\n", opened.store->where(), pipeline)));
  // What it still writes is of the generation before: no command shows it, and the next run clears it away.
  if (was_sparks)
    SALESTREAM_TRY(
        print("Spark filled it: a query that still runs there counts in vain, and `salestream spark stop PIPELINE "
              "--remote sc://HOST:PORT` ends it. Submitted again, Spark counts from the beginning of the topic\n"));
  return kExitDone;
}

}  // namespace salestream::cli
