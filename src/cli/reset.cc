// SPDX-License-Identifier: Apache-2.0
// `salestream reset`: a new generation, after asking.
#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "cli/commands.h"
#include "cli/console_text.h"
#include "cli/text.h"
#include "results/snapshot.h"

namespace salestream::cli {
namespace {

// What would be lost, for people.
base::Result<std::string> describe_contents(const OpenedPipeline& opened) {
  SALESTREAM_TRY(opened.store->open_for_read());
  SALESTREAM_ASSIGN(auto reader, results::SnapshotReader::open(opened.file.definition, *opened.store));
  SALESTREAM_ASSIGN(const results::Snapshot snapshot, reader.read(1));
  std::string text;
  for (const results::ShownTable& table : snapshot.tables)
    text += fmt::format("  {}: {} rows\n", for_terminal(table.name), grouped(table.all_rows));
  return text + fmt::format("  {} orders counted, {}\n", grouped(snapshot.counters.orders),
                            rejects_text(snapshot.counters));
}

// What a run still writes belongs to a count that is over. One that is frozen does no harm either
// (docs/exactly-once.md), but its numbers would be missed by whoever watches it.
base::Status check_nobody_runs(const OpenedPipeline& opened) {
  if (opened.store->sees_runs()) return {};
  SALESTREAM_ASSIGN(const std::vector<std::string> readers, opened.log->readers());
  if (readers.empty()) return {};
  std::string list;
  for (const std::string& reader : readers) list += "\n  " + for_terminal(reader);
  return base::failure(fmt::format(
      "{} is being read for this pipeline, and a reset in the middle of that would end these runs:{}\nNothing was changed. "
      "Stop them first; one that was killed counts as running until its session has timed out (session.timeout.ms)",
      opened.log->where(), list));
}

}  // namespace

base::Result<int> reset(const ResetArguments& arguments) {
  if (!arguments.yes && isatty(STDIN_FILENO) == 0)
    return base::usage_error("reset deletes totals, and there is no terminal to ask on: say --yes to mean it");
  SALESTREAM_ASSIGN(const OpenedPipeline opened, open_pipeline(arguments.pipeline));
  const std::string& pipeline = opened.file.definition.pipeline;
  if (!arguments.yes) {
    const auto contents = describe_contents(opened);
    // Totals of another definition can't be read with this one, and getting rid of them is what reset is for.
    SALESTREAM_TRY(print(fmt::format(
        "This deletes what {} holds of pipeline {}:\n{}The next run reads the log again, from where it begins now.\n"
        "Delete? [y/N] ",
        opened.store->where(), pipeline,
        contents.ok() ? *contents : fmt::format("  (how much can't be told: {})\n", contents.error().message))));
    std::string answer;
    std::getline(std::cin, answer);
    if (answer != "y" && answer != "Y" && answer != "yes" && answer != "Yes") {
      SALESTREAM_TRY(print("nothing was changed\n"));
      return kExitFailure;
    }
  }
  SALESTREAM_TRY(check_nobody_runs(opened));
  SALESTREAM_TRY(opened.store->reset());
  SALESTREAM_TRY(print(fmt::format("{} holds nothing of pipeline {} any more\n", opened.store->where(), pipeline)));
  return kExitDone;
}

}  // namespace salestream::cli
