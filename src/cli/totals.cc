// SPDX-License-Identifier: Apache-2.0
#include "cli/totals.h"

#include <fmt/format.h>

#include "cli/app/exit_codes.h"
#include "cli/app/open_pipeline.h"
#include "cli/terminal/console_text.h"
#include "cli/terminal/print.h"
#include "cli/terminal/text.h"
#include "results/snapshot.h"

namespace salestream::cli {
namespace {

std::string names_of(const std::vector<core::TotalsTable>& tables) {
  std::string names;
  for (const core::TotalsTable& table : tables) names += (names.empty() ? "" : ", ") + table.name;
  return names;
}

// The places of the tables that are asked for.
base::Result<std::vector<store::TableIndex>> choose_tables(const TotalsArguments& arguments,
                                                           const core::Definition& definition) {
  std::vector<store::TableIndex> chosen;
  for (store::TableIndex i = 0; i < definition.totals.size(); ++i)
    if (arguments.table.empty() || definition.totals[i].name == arguments.table) chosen.push_back(i);
  if (chosen.empty())
    return base::usage_error(fmt::format("--table {}: the pipeline {} has no such totals table; it has: {}",
                                         for_terminal(arguments.table), definition.pipeline,
                                         names_of(definition.totals)));
  if (chosen.size() > 1 && arguments.format != Format::kTable)
    return base::usage_error(
        fmt::format("the pipeline {} has more than one totals table: say with --table which one "
                    "to print: {}",
                    definition.pipeline, names_of(definition.totals)));
  return chosen;
}

}  // namespace

base::Result<int> totals(const TotalsArguments& arguments) {
  SALESTREAM_ASSIGN(config::PipelineFile file, load_pipeline(arguments.pipeline));
  SALESTREAM_ASSIGN(const auto chosen, choose_tables(arguments, file.definition));
  SALESTREAM_ASSIGN(const OpenedPipeline opened, open_pipeline(std::move(file)));
  SALESTREAM_TRY(opened.store->open_for_read());
  SALESTREAM_ASSIGN(auto reader, results::SnapshotReader::open(opened.file.definition, *opened.store));
  std::vector<results::ShownTable> tables;
  for (const store::TableIndex index : chosen) {
    SALESTREAM_ASSIGN(results::ShownTable table, reader.read_table(index, arguments.top));
    tables.push_back(std::move(table));
  }
  std::string text;
  switch (arguments.format) {
    case Format::kTable: text = to_console_text(tables); break;
    case Format::kCsv: text = results::to_csv(tables[0].top); break;
    case Format::kJson: text = results::to_json(tables[0].top); break;
  }
  SALESTREAM_TRY(print(text));
  return kExitDone;
}

}  // namespace salestream::cli
