// SPDX-License-Identifier: Apache-2.0
// Cells, totals, rejects and progress as rows of SQLite, both ways. Any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/cell.h"
#include "core/definition.h"
#include "store_sqlite/handles.h"

namespace salestream::store::sqlite {

// Binds the values of a row key as parameters 1 to `dimensions`. Holds what it bound.
class KeyBinder {
 public:
  explicit KeyBinder(std::size_t dimensions) : dimensions_(dimensions) {}
  void bind(Statement& statement, std::string_view key);
  int next_parameter() const { return static_cast<int>(dimensions_) + 1; }

 private:
  const std::size_t dimensions_;
  std::vector<std::string> values_;
};

// The same from columns 0 to `dimensions` - 1 of a row.
std::string key_of(const Statement& row, std::size_t dimensions);

// Measures from columns; an error when a person wrote something else into them.
base::Result<core::Cell> cell_of(const Statement& row, int first_column, const std::string& file);
base::Status read_measure(const Statement& row, int column, core::Measure measure, const std::string& file,
                          core::Measures& into);

// What a text was made from has to live until the statement has run, so writing is one call.
base::Status write_reject(Statement& statement, const std::string& log, const core::Reject& reject);
base::Result<core::Reject> reject_of(const Statement& row, const std::string& file);

base::Status write_progress(Statement& statement, const core::PartitionProgress& progress);
// Of all partitions, in their order.
base::Result<std::vector<core::PartitionProgress>> read_progress(Database& database);

}  // namespace salestream::store::sqlite
