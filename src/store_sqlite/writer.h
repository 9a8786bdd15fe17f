// SPDX-License-Identifier: Apache-2.0
// The one connection of a process that writes to a SQLite store, with its prepared statements: all sessions flush
// through it in turns. Not thread-safe: the caller holds the store's writer mutex.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "store/store.h"
#include "store_sqlite/columns.h"
#include "store_sqlite/handles.h"
#include "store_sqlite/values.h"

namespace salestream::store::sqlite {

class Writer final : private FlushSteps {
 public:
  ~Writer() override;
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  static base::Result<std::unique_ptr<Writer>> open(std::unique_ptr<Database> database, const Identity& identity);

  base::Status flush(const std::function<base::Status(FlushSteps&)>& steps);
  Database& database() { return *database_; }

 private:
  struct Table {
    std::size_t dimensions;
    Columns<core::Measures> measures;
    Statement write_cell, read_cells, write_totals;
  };

  explicit Writer(std::unique_ptr<Database> database, std::string source)
      : database_(std::move(database)), source_(std::move(source)) {}

  base::Status write_rejects(std::span<const core::Reject> rejects) override;
  base::Status write_cells(TableIndex table, std::span<const CellWrite> cells) override;
  base::Status read_cells(TableIndex table, std::span<const std::string_view> keys,
                          std::vector<KeyedCell>& out) override;
  base::Status write_totals(TableIndex table, std::span<const core::TotalsRow> rows) override;
  base::Status write_progress(std::span<const core::PartitionProgress> progress) override;

  base::Status keep_wal_short();

  std::unique_ptr<Database> database_;  // before the statements: they go first
  const std::string source_;
  std::vector<Table> tables_;
  Statement write_reject_, write_progress_;
  RowBinder row_;
  std::vector<std::uint32_t> order_;  // scratch
  int next_waiting_checkpoint_pages_;
};

}  // namespace salestream::store::sqlite
