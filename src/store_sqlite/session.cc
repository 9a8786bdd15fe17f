// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/session.h"

#include <algorithm>

#include "store_sqlite/rows.h"
#include "store_sqlite/schema.h"

namespace salestream::store::sqlite {
namespace {

// Rows in the order of a totals page.
struct PageOrder {
  core::Measure first;

  bool operator()(const core::TotalsRow& a, const core::TotalsRow& b) const {
    const auto measure = compare(a.measures, b.measures);
    return measure != 0 ? measure > 0 : a.key < b.key;
  }
  std::strong_ordering compare(const core::Measures& a, const core::Measures& b) const {
    switch (first) {
      case core::Measure::kRevenue: return a.revenue.scaled() <=> b.revenue.scaled();
      case core::Measure::kUnits: return a.units.scaled() <=> b.units.scaled();
      case core::Measure::kOrders: return a.orders <=> b.orders;
    }
    return std::strong_ordering::equal;
  }
};

class SqliteSession final : public Session {
 public:
  SqliteSession(std::shared_ptr<Shared> shared, std::unique_ptr<Database> database)
      : shared_(std::move(shared)), database_(std::move(database)) {}

  base::Status prepare() {
    for (const core::TotalsTable& totals : shared_->identity.definition.totals) {
      const TableSql sql = table_sql(totals);
      Table table{totals.by.size(), PageOrder{totals.first_measure()}, sql.measures, {}, {}};
      SALESTREAM_ASSIGN(table.read_partition_cell, database_->prepare(sql.read_partition_cell));
      SALESTREAM_ASSIGN(table.read_totals, database_->prepare(sql.read_totals));
      tables_.push_back(std::move(table));
    }
    return {};
  }

  base::Result<std::vector<core::PartitionProgress>> read_progress() override {
    return sqlite::read_progress(*database_);
  }

  base::Status read_partition_cells(TableIndex index, core::PartitionId partition,
                                    std::span<const std::string_view> keys,
                                    std::vector<std::optional<core::Cell>>& out) override {
    Table& table = tables_.at(index);
    KeyBinder key(table.dimensions);
    // One look at one state of the store, and one lock for all the keys.
    SALESTREAM_ASSIGN(Transaction transaction, Transaction::begin(*database_, Transaction::Kind::kRead));
    out.clear();
    out.reserve(keys.size());
    Statement& statement = table.read_partition_cell;
    for (const std::string_view wanted : keys) {
      key.bind(statement, wanted);
      statement.bind_integer(key.next_parameter(), partition);
      SALESTREAM_ASSIGN(const bool row, statement.step());
      if (!row) {
        out.emplace_back();
        continue;
      }
      auto cell = cell_of(statement, 0, database_->file());
      statement.reset();
      if (!cell.ok()) return std::move(cell).error();
      out.emplace_back(*cell);
    }
    return transaction.commit();
  }

  base::Status flush(const std::function<base::Status(FlushSteps&)>& steps) override {
    const base::MutexLock lock(shared_->writer_mutex);
    if (shared_->writer == nullptr)
      return base::failure(shared_->file + ": is open for reading only, so nothing can be written to it");
    return shared_->writer->flush(steps);
  }

  // One pass over the table in C++ instead of ORDER BY: SQLite has no exact decimals, and an order by doubles puts
  // values apart by less than 2^-52 of themselves in any order. Only the best `limit` rows are held.
  base::Result<TotalsPage> read_totals(TableIndex index, std::size_t limit) override {
    Table& table = tables_.at(index);
    auto page = collect_totals(table, limit);
    table.read_totals.reset();
    return page;
  }

  base::Result<std::vector<core::Reject>> read_rejects(std::size_t limit) override {
    SALESTREAM_ASSIGN(Statement statement, database_->prepare(kReadRejects));
    statement.bind_integer(1, static_cast<std::int64_t>(std::min<std::size_t>(limit, INT64_MAX)));
    std::vector<core::Reject> rejects;
    for (;;) {
      SALESTREAM_ASSIGN(const bool row, statement.step());
      if (!row) return rejects;
      SALESTREAM_ASSIGN(auto reject, reject_of(statement, database_->file()));
      rejects.push_back(std::move(reject));
    }
  }

 private:
  struct Table {
    std::size_t dimensions;
    PageOrder order;
    std::vector<core::Measure> measures;
    Statement read_partition_cell, read_totals;
  };

  base::Result<TotalsPage> collect_totals(Table& table, std::size_t limit) {
    TotalsPage page;
    std::vector<core::TotalsRow>& rows = page.rows;  // a heap with its last row first, once it is full
    const bool is_limited = limit > 0;
    for (;;) {
      SALESTREAM_ASSIGN(const bool more, table.read_totals.step());
      if (!more) break;
      ++page.all_rows;
      core::TotalsRow row;
      for (std::size_t i = 0; i < table.measures.size(); ++i)
        SALESTREAM_TRY(read_measure(table.read_totals, static_cast<int>(table.dimensions + i), table.measures[i],
                                    database_->file(), row.measures));
      if (page.sum) page.sum = core::add(*page.sum, row.measures);
      if (is_limited && rows.size() == limit) {
        // Most rows end here, and without a copy of their key.
        if (table.order.compare(row.measures, rows.front().measures) < 0) continue;
        row.key = key_of(table.read_totals, table.dimensions);
        if (!table.order(row, rows.front())) continue;
        std::pop_heap(rows.begin(), rows.end(), table.order);
        rows.back() = std::move(row);
      } else {
        row.key = key_of(table.read_totals, table.dimensions);
        rows.push_back(std::move(row));
      }
      if (is_limited) std::push_heap(rows.begin(), rows.end(), table.order);
    }
    if (is_limited)
      std::sort_heap(rows.begin(), rows.end(), table.order);
    else
      std::sort(rows.begin(), rows.end(), table.order);
    return page;
  }

  const std::shared_ptr<Shared> shared_;
  std::unique_ptr<Database> database_;  // before the statements: they go first
  std::vector<Table> tables_;
};

}  // namespace

base::Result<std::unique_ptr<Session>> open_session(std::shared_ptr<Shared> shared) {
  SALESTREAM_ASSIGN(auto database, Database::open(shared->file, Access::kRead, shared->session_limits));
  auto session = std::make_unique<SqliteSession>(std::move(shared), std::move(database));
  SALESTREAM_TRY(session->prepare());
  return std::unique_ptr<Session>(std::move(session));
}

}  // namespace salestream::store::sqlite
