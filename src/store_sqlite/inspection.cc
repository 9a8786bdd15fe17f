// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/inspection.h"

#include <limits>
#include <utility>

#include "store_sqlite/rows.h"
#include "store_sqlite/statements.h"

namespace salestream::store::sqlite {
namespace {

constexpr std::size_t kPageRows = 1000;
constexpr std::size_t kPageBytes = 8 << 20;  // of rejected messages, which are kept whole

class SqliteInspection final : public Inspection {
 public:
  SqliteInspection(std::unique_ptr<Database> database, Transaction transaction, const core::Definition& definition)
      : database_(std::move(database)), transaction_(std::move(transaction)) {
    for (const core::TotalsTable& totals : definition.totals)
      tables_.push_back({totals.by.size(), measure_columns(totals), table_sql(totals)});
  }

  bool is_snapshot() const override { return true; }

  base::Result<std::vector<core::PartitionProgress>> read_progress() override {
    return sqlite::read_progress(*database_);
  }

  base::Status scan_rejects(const RejectFilter& filter,
                            const std::function<base::Status(std::span<const core::Reject>)>& on_page) override {
    SALESTREAM_ASSIGN(Statement statement, database_->prepare(shared_sql().find_rejects));
    RowBinder row(statement);
    row.integer(filter.partition.value_or(std::numeric_limits<core::PartitionId>::min()));
    row.integer(filter.partition.value_or(std::numeric_limits<core::PartitionId>::max()));
    row.integer(filter.from).integer(filter.end);
    if (filter.reason)
      row.text(core::name_of(*filter.reason));
    else
      row.null();
    row.integer(filter.limit == 0 ? INT64_MAX : static_cast<std::int64_t>(filter.limit));
    std::size_t bytes = 0;
    return scan<core::Reject>(statement, on_page, [&](std::vector<core::Reject>& page) -> base::Result<bool> {
      SALESTREAM_ASSIGN(core::Reject reject, reject_of(statement, database_->file()));
      if (page.empty()) bytes = 0;
      bytes += reject.message.size() + reject.key.size();
      page.push_back(std::move(reject));
      return bytes >= kPageBytes;
    });
  }

  base::Status scan_cells(TableIndex index,
                          const std::function<base::Status(std::span<const StoredCell>)>& on_page) override {
    const Table& table = tables_.at(index);
    SALESTREAM_ASSIGN(Statement statement, database_->prepare(table.sql.scan_cells));
    return scan<StoredCell>(statement, on_page, [&](std::vector<StoredCell>& page) -> base::Result<bool> {
      RowReader reader(statement);
      std::string key = key_of(reader, table.dimensions);
      CellRow row;
      auto unreadable = read_all_columns(cell_columns(), reader, row);
      page.push_back({std::move(key), row.partition, row.cell, std::move(unreadable)});
      return false;
    });
  }

  base::Status scan_totals(TableIndex index,
                           const std::function<base::Status(std::span<const StoredTotals>)>& on_page) override {
    const Table& table = tables_.at(index);
    SALESTREAM_ASSIGN(Statement statement, database_->prepare(table.sql.read_totals));
    return scan<StoredTotals>(statement, on_page, [&](std::vector<StoredTotals>& page) -> base::Result<bool> {
      StoredTotals& row = page.emplace_back();
      RowReader reader(statement);
      row.key = key_of(reader, table.dimensions);
      row.unreadable = read_all_columns(table.measures, reader, row.measures);
      return false;
    });
  }

  base::Result<KeyContent> read_key(TableIndex index, std::string_view key) override {
    const Table& table = tables_.at(index);
    KeyContent content;
    RowBinder binder;
    SALESTREAM_ASSIGN(Statement cells, database_->prepare(table.sql.read_cells));
    bind_key(binder.begin(cells), key, table.dimensions);
    for (;;) {
      SALESTREAM_ASSIGN(const bool more, cells.step());
      if (!more) break;
      CellRow row;
      RowReader reader(cells);
      auto unreadable = read_all_columns(cell_columns(), reader, row);
      content.cells.push_back({std::string(key), row.partition, row.cell, std::move(unreadable)});
    }
    SALESTREAM_ASSIGN(Statement totals, database_->prepare(table.sql.read_totals_row));
    bind_key(binder.begin(totals), key, table.dimensions);
    SALESTREAM_ASSIGN(const bool is_there, totals.step());
    if (!is_there) return content;
    RowReader reader(totals);
    content.unreadable_totals = read_all_columns(table.measures, reader, content.totals.emplace());
    return content;
  }

 private:
  struct Table {
    std::size_t dimensions;
    Columns<core::Measures> measures;
    TableSql sql;
  };

  // `take` appends the current row to the page and says whether that is full already.
  template <typename Row>
  base::Status scan(Statement& statement, const std::function<base::Status(std::span<const Row>)>& on_page,
                    const std::function<base::Result<bool>(std::vector<Row>&)>& take) {
    std::vector<Row> page;
    for (;;) {
      SALESTREAM_ASSIGN(const bool row, statement.step());
      if (!row) break;
      SALESTREAM_ASSIGN(const bool is_full, take(page));
      if (!is_full && page.size() < kPageRows) continue;
      SALESTREAM_TRY(on_page(page));
      page.clear();
    }
    return page.empty() ? base::Status() : on_page(page);
  }

  const std::unique_ptr<Database> database_;
  const Transaction transaction_;  // before the database it is part of goes
  std::vector<Table> tables_;
};

}  // namespace

base::Result<std::unique_ptr<Inspection>> open_inspection(const Shared& shared) {
  SALESTREAM_ASSIGN(auto database, Database::open(shared.file, Access::kRead, shared.session_limits));
  SALESTREAM_ASSIGN(auto transaction, Transaction::begin(*database, Transaction::Kind::kRead));
  return std::unique_ptr<Inspection>(
      std::make_unique<SqliteInspection>(std::move(database), std::move(transaction), shared.identity.definition));
}

}  // namespace salestream::store::sqlite
