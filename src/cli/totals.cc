// SPDX-License-Identifier: Apache-2.0
#include "cli/totals.h"

#include <fmt/format.h>
#include <unistd.h>

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

// In exact bytes a name could steer the terminal.
results::Table safe(results::Table table) {
  for (auto& row : table.rows)
    for (std::string& cell : row) cell = for_terminal(cell);
  for (results::Table::Column& column : table.columns) column.name = for_terminal(column.name);
  return table;
}

}  // namespace

base::Result<int> totals(const TotalsArguments& arguments) {
  SALESTREAM_ASSIGN(config::PipelineFile file, load_pipeline(arguments.pipeline));
  const core::Definition as_written = file.definition;
  const auto shown = open_to_show(std::move(file));
  // A wrong --table is said where there is no store, too.
  SALESTREAM_ASSIGN(const auto chosen, choose_tables(arguments, shown.ok() ? shown->counted.definition : as_written));
  if (!shown.ok()) return shown.error();
  warn_of_difference(*shown);
  SALESTREAM_ASSIGN(auto reader, results::SnapshotReader::open(shown->counted.definition, *shown->store));
  std::vector<results::ShownTable> tables;
  for (const store::TableIndex index : chosen) {
    SALESTREAM_ASSIGN(results::ShownTable table, reader.read_table(index, {.rows = arguments.top}));
    tables.push_back(std::move(table));
  }
  std::string text;
  switch (arguments.format) {
    case Format::kTable: text = to_console_text(tables, style_for(STDOUT_FILENO)); break;
    case Format::kCsv: text = results::to_csv(isatty(STDOUT_FILENO) != 0 ? safe(tables[0].top) : tables[0].top); break;
    case Format::kJson: text = results::to_json(tables[0].top); break;
  }
  SALESTREAM_TRY(print(text));
  return kExitDone;
}

}  // namespace salestream::cli
