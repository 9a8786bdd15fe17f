// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/repair.h"

#include "store/totals_sum.h"
#include "store_sqlite/rows.h"
#include "store_sqlite/statements.h"

namespace salestream::store::sqlite {
namespace {

base::Status repair_table(Database& database, const core::TotalsTable& table, std::span<const std::string> keys) {
  const TableSql sql = table_sql(table);
  const Columns<core::Measures> measures = measure_columns(table);
  SALESTREAM_ASSIGN(Statement read_cells, database.prepare(sql.read_cells));
  SALESTREAM_ASSIGN(Statement write, database.prepare(sql.write_totals));
  SALESTREAM_ASSIGN(Statement remove, database.prepare(sql.delete_totals_row));
  RowBinder binder;
  for (const std::string& key : keys) {
    core::TotalsRow sum{key, {}, 0};
    bool has_cells = false;
    bind_key(binder.begin(read_cells), key, table.by.size());
    for (;; has_cells = true) {
      SALESTREAM_ASSIGN(const bool more, read_cells.step());
      if (!more) break;
      CellRow cell;
      RowReader reader(read_cells);
      SALESTREAM_TRY(read_columns(cell_columns(), reader, database.file(), cell));
      SALESTREAM_TRY(add_cell(sum, cell.cell));
    }
    Statement& statement = has_cells ? write : remove;
    bind_key(binder.begin(statement), key, table.by.size());
    if (has_cells) measures.bind(binder, sum.measures);
    SALESTREAM_TRY(statement.run());
  }
  return {};
}

}  // namespace

base::Status repair_totals(Database& database, const core::Definition& definition, std::span<const TotalsKeys> rows) {
  SALESTREAM_ASSIGN(Transaction transaction, Transaction::begin(database, Transaction::Kind::kWrite));
  for (const TotalsKeys& of_table : rows)
    SALESTREAM_TRY(repair_table(database, definition.totals.at(of_table.table), of_table.keys));
  return transaction.commit();
}

}  // namespace salestream::store::sqlite
