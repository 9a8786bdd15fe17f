// SPDX-License-Identifier: Apache-2.0
#include "cli/totals.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/json_writer.h"
#include "cli/app/exit_codes.h"
#include "cli/app/open_pipeline.h"
#include "cli/terminal/print.h"
#include "cli/terminal/table.h"
#include "cli/terminal/text.h"
#include "results/snapshot.h"
#include "results/sorted_totals.h"
#include "results/table.h"

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

// The rows of a table that are asked for, in the order in which they are shown.
class ShownRows {
 public:
  ShownRows(const core::TotalsTable& table, std::size_t top, std::size_t memory_bytes)
      : table_(&table), top_(top), memory_bytes_(memory_bytes) {}

  // Few rows are looked for in one pass that holds no others.
  base::Status read_few(results::SnapshotReader& reader, store::TableIndex index) {
    const std::size_t most_rows = memory_bytes_ / 2 / sizeof(core::TotalsRow);
    if (top_ == 0 || top_ > most_rows) return {};
    SALESTREAM_ASSIGN(store::TotalsPage page, reader.read_totals(index, {.rows = top_, .bytes = memory_bytes_ / 2}));
    const auto wanted = std::min(static_cast<std::int64_t>(top_), page.all_rows);
    if (static_cast<std::int64_t>(page.rows.size()) == wanted) few_ = std::move(page);
    return {};
  }
  bool has_rows() const { return few_.has_value(); }

  // All are sorted, on disk if need be.
  base::Status read_all(const store::Store& store, store::Inspection& inspection, store::TableIndex index) {
    sorted_.emplace(*table_, memory_bytes_);
    return sorted_->read(store, inspection, index);
  }

  const core::TotalsTable& table() const { return *table_; }
  std::int64_t all_rows() const { return few_ ? few_->all_rows : sorted_->all_rows(); }
  std::int64_t shown_rows() const {
    return top_ == 0 ? all_rows() : std::min(static_cast<std::int64_t>(top_), all_rows());
  }

  // Calls `each` with the cells of each row, as long as it returns true.
  template <typename Each>
  base::Status for_each(const Each& each) {
    if (sorted_) SALESTREAM_TRY(sorted_->begin_reading());
    core::TotalsRow row;
    for (std::int64_t i = 0; i < shown_rows(); ++i) {
      if (sorted_) {
        SALESTREAM_ASSIGN(const bool is_there, sorted_->next(row));
        if (!is_there) break;
      }
      const core::TotalsRow& shown = few_ ? few_->rows[static_cast<std::size_t>(i)] : row;
      SALESTREAM_ASSIGN(const bool goes_on, each(results::cells_of(*table_, shown)));
      if (!goes_on) break;
    }
    return {};
  }

 private:
  const core::TotalsTable* table_;
  std::size_t top_;
  std::size_t memory_bytes_;
  std::optional<store::TotalsPage> few_;
  std::optional<results::SortedTotals> sorted_;
};

using Cells = std::vector<std::string>;

// In exact bytes a name could steer the terminal.
Cells safe(Cells cells) {
  for (std::string& cell : cells) cell = for_terminal(cell);
  return cells;
}

base::Status print_csv(ShownRows& rows, Printer& out) {
  const bool is_terminal = isatty(STDOUT_FILENO) != 0;
  std::vector<results::Table::Column> columns = results::columns_of(rows.table());
  for (results::Table::Column& column : columns)
    if (is_terminal) column.name = for_terminal(column.name);
  SALESTREAM_TRY(out.add(results::csv_header(columns)));
  return rows.for_each([&](Cells cells) -> base::Result<bool> {
    SALESTREAM_TRY(out.add(results::csv_line(is_terminal ? safe(std::move(cells)) : cells)));
    return out.is_read();
  });
}

base::Status print_json(ShownRows& rows, Printer& out) {
  const std::vector<results::Table::Column> columns = results::columns_of(rows.table());
  base::JsonWriter json;
  json.begin_array(base::JsonWriter::Layout::kLines);
  const auto print_row = [&](const Cells& cells) -> base::Result<bool> {
    results::write_row(json, columns, cells);
    SALESTREAM_TRY(out.add(json.take()));
    return out.is_read();
  };
  SALESTREAM_TRY(rows.for_each(print_row));
  return out.add(json.end_array().take() + '\n');
}

base::Status print_table(ShownRows& rows, bool has_name, Printer& out) {
  TableLayout layout(results::columns_of(rows.table()), style_for(STDOUT_FILENO));
  SALESTREAM_TRY(rows.for_each([&](const Cells& cells) -> base::Result<bool> {
    layout.measure(cells);
    return true;
  }));
  layout.settle();
  if (has_name) SALESTREAM_TRY(out.add(for_terminal(rows.table().name) + '\n'));
  SALESTREAM_TRY(out.add(layout.border() + '\n' + layout.header() + '\n' + layout.border() + '\n'));
  const auto print_row = [&](const Cells& cells) -> base::Result<bool> {
    SALESTREAM_TRY(out.add(layout.line(cells) + '\n'));
    return out.is_read();
  };
  SALESTREAM_TRY(rows.for_each(print_row));
  const std::int64_t left_out = rows.all_rows() - rows.shown_rows();
  return out.add(layout.border() + '\n' + (left_out > 0 ? fmt::format("… and {} more\n", grouped(left_out)) : ""));
}

// Everything is read from the store before the first of it is printed, which may take as long as its reader likes.
base::Result<std::vector<ShownRows>> read_rows(const ShownPipeline& shown, const std::vector<store::TableIndex>& chosen,
                                               std::size_t top) {
  const core::Definition& definition = shown.counted.definition;
  const std::size_t memory_bytes = static_cast<std::size_t>(shown.file.limits.rows_in_memory_bytes) / chosen.size();
  std::vector<ShownRows> tables;
  for (const store::TableIndex index : chosen) tables.emplace_back(definition.totals[index], top, memory_bytes);
  if (top > 0) {
    SALESTREAM_ASSIGN(auto reader, results::SnapshotReader::open(definition, *shown.store));
    for (std::size_t i = 0; i < chosen.size(); ++i) SALESTREAM_TRY(tables[i].read_few(reader, chosen[i]));
  }
  if (std::ranges::all_of(tables, &ShownRows::has_rows)) return tables;
  SALESTREAM_ASSIGN(const auto inspection, shown.store->inspect());
  for (std::size_t i = 0; i < chosen.size(); ++i)
    if (!tables[i].has_rows()) SALESTREAM_TRY(tables[i].read_all(*shown.store, *inspection, chosen[i]));
  return tables;
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
  SALESTREAM_ASSIGN(std::vector<ShownRows> tables, read_rows(*shown, chosen, arguments.top));
  Printer out;
  for (ShownRows& rows : tables) {
    switch (arguments.format) {
      case Format::kTable: SALESTREAM_TRY(print_table(rows, tables.size() > 1, out)); break;
      case Format::kCsv: SALESTREAM_TRY(print_csv(rows, out)); break;
      case Format::kJson: SALESTREAM_TRY(print_json(rows, out)); break;
    }
  }
  SALESTREAM_TRY(out.finish());
  return kExitDone;
}

}  // namespace salestream::cli
