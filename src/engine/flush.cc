// SPDX-License-Identifier: Apache-2.0
#include "engine/flush.h"

#include <algorithm>
#include <span>
#include <tuple>

#include "store/totals_sum.h"

namespace salestream::engine {
namespace {

using store::FlushSteps;
using store::TableIndex;

constexpr std::size_t kRowsPerStep = FlushSteps::kMaxRowsPerStep;
// Of keys and rejected messages, which steps and stores copy. A step has at least one row.
constexpr std::size_t kMaxStepBytes = 1 << 20;

std::size_t bytes_of(const core::Reject& reject) { return reject.key.size() + reject.message.size(); }
std::size_t bytes_of(const CellChange& change) { return change.key.size(); }
std::size_t bytes_of(std::string_view key) { return key.size(); }
std::size_t bytes_of(const core::PartitionProgress&) { return 0; }

// Calls `step` with pieces of `all` that are small enough for one step.
template <typename T, typename Step>
base::Status in_pieces(std::span<T> all, const Step& step) {
  while (!all.empty()) {
    std::size_t rows = 1;
    std::size_t bytes = bytes_of(all.front());
    while (rows < std::min(kRowsPerStep, all.size()) && bytes + bytes_of(all[rows]) <= kMaxStepBytes)
      bytes += bytes_of(all[rows++]);
    SALESTREAM_TRY(step(all.first(rows)));
    all = all.subspan(rows);
  }
  return {};
}

// Calls `each` with the run of changes of each table; they are sorted by table.
template <typename Each>
base::Status each_table(std::span<const CellChange> changes, const Each& each) {
  while (!changes.empty()) {
    const TableIndex table = changes.front().table;
    const auto end =
        std::find_if(changes.begin(), changes.end(), [&](const CellChange& c) { return c.table != table; });
    const auto size = static_cast<std::size_t>(end - changes.begin());
    SALESTREAM_TRY(each(table, changes.first(size)));
    changes = changes.subspan(size);
  }
  return {};
}

base::Status write_cells(FlushSteps& steps, TableIndex table, std::span<const CellChange> changes) {
  std::vector<store::CellWrite> writes;  // of one piece: there may be a hundred thousand changes
  return in_pieces(changes, [&](std::span<const CellChange> piece) -> base::Status {
    writes.clear();
    for (const CellChange& change : piece)
      if (change.is_dirty) writes.push_back({change.key, change.partition, change.cell});
    return writes.empty() ? base::Status() : steps.write_cells(table, writes);
  });
}

// A totals row is the sum of all partitions' cells as the store has them now. Our own are read back as well: the writer
// that lost a partition unawares holds an old cell in memory, and a sum with it could still win.
base::Status rewrite_totals(FlushSteps& steps, TableIndex table, std::span<const std::string_view> keys) {
  std::vector<store::KeyedCell> cells;
  SALESTREAM_TRY(steps.read_cells(table, keys, cells));
  std::vector<core::TotalsRow> rows(keys.size());
  std::vector<bool> has_cells(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) rows[i].key = std::string(keys[i]);
  for (const store::KeyedCell& found : cells) {
    SALESTREAM_TRY(store::add_cell(rows[found.key_index], found.cell));
    has_cells[found.key_index] = true;
  }
  // Only a reset between our write and our read can leave a key without cells; it has no total then.
  std::size_t kept = 0;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (has_cells[i]) {
      if (kept != i) rows[kept] = std::move(rows[i]);
      ++kept;
    }
  rows.resize(kept);
  return steps.write_totals(table, rows);
}

}  // namespace

base::Status flush(store::Session& session, FlushSnapshot& snapshot) {
  std::sort(snapshot.changes.begin(), snapshot.changes.end(), [](const CellChange& a, const CellChange& b) {
    return std::tie(a.table, a.key, a.partition) < std::tie(b.table, b.key, b.partition);
  });
  const std::span<const CellChange> changes(snapshot.changes);
  return session.flush([&](FlushSteps& steps) -> base::Status {
    SALESTREAM_TRY(in_pieces(std::span<const core::Reject>(snapshot.rejects),
                             [&](auto piece) { return steps.write_rejects(piece); }));
    SALESTREAM_TRY(
        each_table(changes, [&](TableIndex table, auto of_table) { return write_cells(steps, table, of_table); }));
    SALESTREAM_TRY(each_table(changes, [&](TableIndex table, std::span<const CellChange> of_table) {
      std::vector<std::string_view> keys;
      for (const CellChange& change : of_table)
        if (keys.empty() || keys.back() != change.key) keys.push_back(change.key);
      return in_pieces(std::span<const std::string_view>(keys),
                       [&](auto piece) { return rewrite_totals(steps, table, piece); });
    }));
    return in_pieces(std::span<const core::PartitionProgress>(snapshot.progress),
                     [&](auto piece) { return steps.write_progress(piece); });
  });
}

}  // namespace salestream::engine
