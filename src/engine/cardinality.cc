// SPDX-License-Identifier: Apache-2.0
#include "engine/cardinality.h"

#include <absl/container/flat_hash_set.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace salestream::engine {
namespace {

constexpr std::int64_t kFarMore = 4;           // times as many have left as are there
constexpr std::size_t kMaxCellsSeen = 20'000;  // a few milliseconds, once

struct Seen {
  std::size_t cells = 0;
  std::vector<absl::flat_hash_set<std::string>> values;  // by dimension
};

std::vector<Seen> cells_by_table(const core::Definition& definition, const CellCache& cells) {
  std::vector<Seen> tables(definition.totals.size());
  cells.visit(kMaxCellsSeen, [&](store::TableIndex table, std::string_view key) {
    Seen& seen = tables[table];
    ++seen.cells;
    const std::size_t dimensions = definition.totals[table].by.size();
    seen.values.resize(dimensions);
    std::vector<std::string> values = core::split_key(key, dimensions);
    for (std::size_t i = 0; i < values.size(); ++i) seen.values[i].insert(std::move(values[i]));
  });
  return tables;
}

}  // namespace

bool outgrows_memory(const CellCache& cells) {
  return cells.evictions() > kFarMore * static_cast<std::int64_t>(std::max<std::size_t>(cells.cells(), 1));
}

std::optional<std::string> describe_cardinality(const core::Definition& definition, const CellCache& cells) {
  const std::vector<Seen> tables = cells_by_table(definition, cells);
  const auto most =
      std::max_element(tables.begin(), tables.end(), [](const Seen& a, const Seen& b) { return a.cells < b.cells; });
  if (most == tables.end() || most->cells == 0) return std::nullopt;
  const core::TotalsTable& table = definition.totals[static_cast<std::size_t>(most - tables.begin())];
  const auto widest = std::max_element(most->values.begin(), most->values.end(),
                                       [](const auto& a, const auto& b) { return a.size() < b.size(); });
  const std::string field = definition.name_of(table.by[static_cast<std::size_t>(widest - most->values.begin())]);
  return fmt::format(
      "there are far more totals than limits.cells_in_memory has room for: {} have left memory and {} are in it. Table "
      "{} has most of them, by {}: {} different values among {} of its rows. Rows that left are read from the store "
      "again when they change, which is slower and no less exact; more memory helps, or a table without {}",
      cells.evictions(), cells.cells(), table.name, field, widest->size(), most->cells, field);
}

}  // namespace salestream::engine
