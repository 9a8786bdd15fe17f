// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/writer.h"

#include <algorithm>
#include <numeric>

#include "base/logging.h"
#include "store/total_text.h"

namespace salestream::store::sqlite {
namespace {

// 16 MiB of pages: fewer copies into the file when the same pages change again and again.
constexpr int kCheckpointPages = 4096;
// 64 MiB: readers that overlap without a gap would let the log grow for ever, so from here on they are waited for.
constexpr int kPatientCheckpointPages = 16384;

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
  std::unique_ptr<Writer> writer(new Writer(std::move(database), identity.log));
  Database& db = *writer->database_;
  writer->next_patient_checkpoint_pages_ = kPatientCheckpointPages;
  for (const core::TotalsTable& totals : identity.definition.totals) {
    TableSql sql = table_sql(totals);
    Table table{KeyBinder(totals.by.size()), std::move(sql.measures), {}, {}, {}};
    SALESTREAM_ASSIGN(table.write_cell, db.prepare(sql.write_cell));
    SALESTREAM_ASSIGN(table.read_cells, db.prepare(sql.read_cells));
    SALESTREAM_ASSIGN(table.write_totals, db.prepare(sql.write_totals));
    writer->tables_.push_back(std::move(table));
  }
  SALESTREAM_ASSIGN(writer->write_reject_, db.prepare(kWriteReject));
  SALESTREAM_ASSIGN(writer->write_progress_, db.prepare(kWriteProgress));
  return writer;
}

base::Status Writer::flush(const std::function<base::Status(FlushSteps&)>& steps) {
  {
    SALESTREAM_ASSIGN(Transaction transaction, Transaction::begin(*database_, Transaction::Kind::kWrite));
    SALESTREAM_TRY(steps(*this));
    SALESTREAM_TRY(transaction.commit());
  }
  return keep_log_short();
}

base::Status Writer::keep_log_short() {
  if (database_->wal_pages() < kCheckpointPages) return {};
  SALESTREAM_TRY(database_->checkpoint(false));
  if (database_->wal_pages() < next_patient_checkpoint_pages_) {
    if (database_->wal_pages() < kPatientCheckpointPages) next_patient_checkpoint_pages_ = kPatientCheckpointPages;
    return {};
  }
  SALESTREAM_TRY(database_->checkpoint(true));
  if (database_->wal_pages() >= next_patient_checkpoint_pages_) {
    base::log_warning(database_->file() + "-wal has grown to " + std::to_string(database_->wal_pages() / 256) +
                      " MiB, since another program has been reading " + database_->file() +
                      " for long without a pause: end its transaction");
    // So that this reader is waited for, and complained about, only now and then.
    next_patient_checkpoint_pages_ = database_->wal_pages() + kPatientCheckpointPages;
  } else {
    next_patient_checkpoint_pages_ = kPatientCheckpointPages;
  }
  return {};
}

base::Status Writer::write_rejects(std::span<const core::Reject> rejects) {
  SALESTREAM_CHECK(rejects.size() <= kMaxRowsPerStep);
  for (const core::Reject& reject : rejects) SALESTREAM_TRY(write_reject(write_reject_, log_, reject));
  return {};
}

base::Status Writer::write_cell(Table& table, const CellWrite& write) {
  const std::string revenue = revenue_text(write.cell.measures.revenue), units = units_text(write.cell.measures.units);
  table.key.bind(table.write_cell, write.key);
  int parameter = table.key.next_parameter();
  table.write_cell.bind_integer(parameter++, write.partition);
  table.write_cell.bind_text(parameter++, revenue);
  table.write_cell.bind_text(parameter++, units);
  table.write_cell.bind_integer(parameter++, write.cell.measures.orders);
  table.write_cell.bind_integer(parameter++, write.cell.applied_through);
  return table.write_cell.run();
}

base::Status Writer::write_cells(TableIndex index, std::span<const CellWrite> cells) {
  Table& table = tables_.at(index);
  return in_key_order(cells, order_, [&](const CellWrite& write) { return write_cell(table, write); });
}

base::Status Writer::read_cells(TableIndex index, std::span<const std::string_view> keys, std::vector<KeyedCell>& out) {
  SALESTREAM_CHECK(keys.size() <= kMaxRowsPerStep);
  Table& table = tables_.at(index);
  for (std::uint32_t i = 0; i < keys.size(); ++i) {
    table.key.bind(table.read_cells, keys[i]);
    for (;;) {
      SALESTREAM_ASSIGN(const bool row, table.read_cells.step());
      if (!row) break;
      auto cell = cell_of(table.read_cells, 1, database_->file());
      if (!cell.ok()) {
        table.read_cells.reset();
        return std::move(cell).error();
      }
      out.push_back({i, static_cast<core::PartitionId>(table.read_cells.integer(0)), *cell});
    }
  }
  return {};
}

base::Status Writer::write_totals_row(Table& table, const core::TotalsRow& row) {
  const std::string revenue = revenue_text(row.measures.revenue), units = units_text(row.measures.units);
  table.key.bind(table.write_totals, row.key);
  int parameter = table.key.next_parameter();
  for (const core::Measure measure : table.measures) {
    switch (measure) {
      case core::Measure::kRevenue: table.write_totals.bind_text(parameter++, revenue); break;
      case core::Measure::kUnits: table.write_totals.bind_text(parameter++, units); break;
      case core::Measure::kOrders: table.write_totals.bind_integer(parameter++, row.measures.orders); break;
    }
  }
  return table.write_totals.run();
}

base::Status Writer::write_totals(TableIndex index, std::span<const core::TotalsRow> rows) {
  Table& table = tables_.at(index);
  return in_key_order(rows, order_, [&](const core::TotalsRow& row) { return write_totals_row(table, row); });
}

base::Status Writer::write_progress(std::span<const core::PartitionProgress> progress) {
  SALESTREAM_CHECK(progress.size() <= kMaxRowsPerStep);
  for (const core::PartitionProgress& partition : progress)
    SALESTREAM_TRY(sqlite::write_progress(write_progress_, partition));
  return {};
}

}  // namespace salestream::store::sqlite
