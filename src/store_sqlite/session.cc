// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/session.h"

#include <algorithm>

#include "store/totals_collector.h"
#include "store/unreadable_row.h"
#include "store_sqlite/rows.h"
#include "store_sqlite/statements.h"

namespace salestream::store::sqlite {
namespace {

class SqliteSession final : public Session {
 public:
  SqliteSession(std::shared_ptr<Shared> shared, std::unique_ptr<Database> database)
      : shared_(std::move(shared)), database_(std::move(database)) {}

  base::Status prepare() {
    for (const core::TotalsTable& totals : shared_->identity.definition.totals) {
      const TableSql sql = table_sql(totals);
      Table table{totals.by.size(), totals.first_measure(), measure_columns(totals), {}, {}};
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
    RowBinder row;
    // One look at one state of the store, and one lock for all the keys.
    SALESTREAM_ASSIGN(Transaction transaction, Transaction::begin(*database_, Transaction::Kind::kRead));
    out.clear();
    out.reserve(keys.size());
    Statement& statement = table.read_partition_cell;
    for (const std::string_view wanted : keys) {
      bind_key(row.begin(statement), wanted, table.dimensions);
      row.integer(partition);
      SALESTREAM_ASSIGN(const bool is_there, statement.step());
      if (!is_there) {
        out.emplace_back();
        continue;
      }
      CellRow found;
      RowReader reader(statement);
      const base::Status read = read_columns(cell_columns(), reader, database_->file(), found);
      statement.reset();
      SALESTREAM_TRY(read);
      out.emplace_back(found.cell);
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
  base::Result<TotalsPage> read_totals(TableIndex index, PageLimit limit) override {
    Table& table = tables_.at(index);
    auto page = collect_totals(index, limit);
    table.read_totals.reset();
    return page;
  }

  base::Result<std::vector<core::Reject>> read_rejects(std::size_t limit) override {
    SALESTREAM_ASSIGN(Statement statement, database_->prepare(shared_sql().read_rejects));
    RowBinder(statement).integer(static_cast<std::int64_t>(std::min<std::size_t>(limit, INT64_MAX)));
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
    core::Measure first_measure;
    Columns<core::Measures> measures;
    Statement read_partition_cell, read_totals;
  };

  base::Result<TotalsPage> collect_totals(TableIndex index, PageLimit limit) {
    Table& table = tables_.at(index);
    TotalsCollector collector(table.first_measure, limit);
    for (;;) {
      SALESTREAM_ASSIGN(const bool more, table.read_totals.step());
      if (!more) return collector.page();
      core::Measures measures;
      const auto key = [&] {
        RowReader reader(table.read_totals);
        return key_of(reader, table.dimensions);
      };
      RowReader reader(table.read_totals, static_cast<int>(table.dimensions));
      if (const auto unreadable = read_all_columns(table.measures, reader, measures))
        return base::failure(database_->file() + ": " +
                             unreadable_row_text(shared_->identity.definition.totals.at(index), key(), *unreadable,
                                                 Engine::kSalestream));
      collector.add(measures, key);
    }
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
