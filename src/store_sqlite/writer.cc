// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/writer.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "base/logging.h"
#include "store_sqlite/rows.h"
#include "store_sqlite/statements.h"

namespace salestream::store::sqlite {
namespace {

// 16 MiB of pages: fewer copies into the file when the same pages change again and again.
constexpr int kCheckpointPages = 4096;
// 64 MiB: readers that overlap without a gap would let the WAL grow for ever, so from here on they are waited for, at
// each further 64 MiB for longer.
constexpr int kWaitingCheckpointPages = 16384;
// Readers of this program are done in well under a second; one that stays for longer than the last is not worth
// standing still for.
constexpr auto kWaitsMs = std::to_array({200, 2'000, 5'000});
constexpr int kLastWaitMs = 1'000;

// Calls `write` for each row in the order of the keys: neighbours stand on the same pages.
template <typename Row, typename Write>
base::Status in_key_order(std::span<const Row> rows, std::vector<std::uint32_t>& order, const Write& write) {
  SALESTREAM_CHECK(rows.size() <= FlushSteps::kMaxRowsPerStep);
  order.resize(rows.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto before = [&](std::uint32_t a, std::uint32_t b) { return rows[a].key < rows[b].key; };
  if (!std::is_sorted(order.begin(), order.end(), before)) std::stable_sort(order.begin(), order.end(), before);
  for (const std::uint32_t i : order) SALESTREAM_TRY(write(rows[i]));
  return {};
}

}  // namespace

base::Result<std::unique_ptr<Writer>> Writer::open(std::unique_ptr<Database> database, const Identity& identity) {
  std::unique_ptr<Writer> writer(new Writer(std::move(database), identity.source));
  Database& db = *writer->database_;
  writer->next_waiting_checkpoint_pages_ = kWaitingCheckpointPages;
  for (const core::TotalsTable& totals : identity.definition.totals) {
    const TableSql sql = table_sql(totals);
    Table table{totals.by.size(), measure_columns(totals), {}, {}, {}};
    SALESTREAM_ASSIGN(table.write_cell, db.prepare(sql.write_cell));
    SALESTREAM_ASSIGN(table.read_cells, db.prepare(sql.read_cells));
    SALESTREAM_ASSIGN(table.write_totals, db.prepare(sql.write_totals));
    writer->tables_.push_back(std::move(table));
  }
  SALESTREAM_ASSIGN(writer->write_reject_, db.prepare(shared_sql().write_reject));
  SALESTREAM_ASSIGN(writer->write_progress_, db.prepare(shared_sql().write_progress));
  return writer;
}

base::Status Writer::flush(const std::function<base::Status(FlushSteps&)>& steps) {
  {
    SALESTREAM_ASSIGN(Transaction transaction, Transaction::begin(*database_, Transaction::Kind::kWrite));
    SALESTREAM_TRY(steps(*this));
    SALESTREAM_TRY(transaction.commit());
  }
  SALESTREAM_TRY(database_->check_in_place());
  return keep_wal_short();
}

// While others are connected SQLite leaves the WAL as long as it is. What it holds is safe either way.
Writer::~Writer() {
  if (database_->wal_pages() > 0) static_cast<void>(database_->checkpoint(kLastWaitMs).ok());
}

base::Status Writer::keep_wal_short() {
  if (database_->wal_pages() < kCheckpointPages) return {};
  SALESTREAM_TRY(database_->checkpoint());
  if (database_->wal_pages() < next_waiting_checkpoint_pages_) {
    if (database_->wal_pages() < kWaitingCheckpointPages) next_waiting_checkpoint_pages_ = kWaitingCheckpointPages;
    return {};
  }
  const auto waits = static_cast<std::size_t>(database_->wal_pages() / kWaitingCheckpointPages - 1);
  SALESTREAM_TRY(database_->checkpoint(kWaitsMs.at(std::min(waits, kWaitsMs.size() - 1))));
  if (database_->wal_pages() >= next_waiting_checkpoint_pages_) {
    base::log_warning(database_->file() + "-wal has grown to " + std::to_string(database_->wal_pages() / 256) +
                      " MiB, since another program has been reading " + database_->file() +
                      " for long without a pause: end its transaction");
    // So that this reader is waited for, and complained about, only now and then.
    next_waiting_checkpoint_pages_ = database_->wal_pages() + kWaitingCheckpointPages;
  } else {
    next_waiting_checkpoint_pages_ = kWaitingCheckpointPages;
  }
  return {};
}

base::Status Writer::write_rejects(std::span<const core::Reject> rejects) {
  SALESTREAM_CHECK(rejects.size() <= kMaxRowsPerStep);
  for (const core::Reject& reject : rejects) {
    reject_columns().bind(row_.begin(write_reject_), {source_, reject});
    SALESTREAM_TRY(write_reject_.run());
  }
  return {};
}

base::Status Writer::write_cells(TableIndex index, std::span<const CellWrite> cells) {
  Table& table = tables_.at(index);
  return in_key_order(cells, order_, [&](const CellWrite& write) {
    bind_key(row_.begin(table.write_cell), write.key, table.dimensions);
    cell_columns().bind(row_, {write.partition, write.cell});
    return table.write_cell.run();
  });
}

base::Status Writer::read_cells(TableIndex index, std::span<const std::string_view> keys, std::vector<KeyedCell>& out) {
  SALESTREAM_CHECK(keys.size() <= kMaxRowsPerStep);
  Table& table = tables_.at(index);
  for (std::uint32_t i = 0; i < keys.size(); ++i) {
    bind_key(row_.begin(table.read_cells), keys[i], table.dimensions);
    for (;;) {
      SALESTREAM_ASSIGN(const bool more, table.read_cells.step());
      if (!more) break;
      CellRow row;
      RowReader reader(table.read_cells);
      const base::Status read = read_columns(cell_columns(), reader, database_->file(), row);
      if (!read.ok()) table.read_cells.reset();
      SALESTREAM_TRY(read);
      out.push_back({i, row.partition, row.cell});
    }
  }
  return {};
}

base::Status Writer::write_totals(TableIndex index, std::span<const core::TotalsRow> rows) {
  Table& table = tables_.at(index);
  return in_key_order(rows, order_, [&](const core::TotalsRow& row) {
    bind_key(row_.begin(table.write_totals), row.key, table.dimensions);
    table.measures.bind(row_, row.measures);
    return table.write_totals.run();
  });
}

base::Status Writer::write_progress(std::span<const core::PartitionProgress> progress) {
  SALESTREAM_CHECK(progress.size() <= kMaxRowsPerStep);
  for (const core::PartitionProgress& partition : progress) {
    progress_columns().bind(row_.begin(write_progress_), {partition, {}});
    SALESTREAM_TRY(write_progress_.run());
  }
  return {};
}

}  // namespace salestream::store::sqlite
