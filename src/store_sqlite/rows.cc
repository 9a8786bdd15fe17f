// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/rows.h"

#include "base/logging.h"
#include "store_sqlite/statements.h"

namespace salestream::store::sqlite {

void bind_key(RowBinder& row, std::string_view key, std::size_t dimensions) {
  if (dimensions == 1) {
    row.text(key);
    return;
  }
  std::vector<std::string> values = core::split_key(key, dimensions);
  SALESTREAM_CHECK(values.size() == dimensions);
  for (std::string& value : values) row.made_text(std::move(value));
}

std::string key_of(RowReader& row, std::size_t dimensions) {
  if (dimensions == 1) return std::string(row.text());
  std::vector<std::string_view> values;
  for (std::size_t i = 0; i < dimensions; ++i) values.push_back(row.text());
  return core::make_key(values);
}

std::string found_text(std::string_view found) { return '"' + base::printable(found, 100) + '"'; }

base::Error changed_by_hand(const std::string& file, std::string_view found, std::string_view expected) {
  return base::failure(file + ": holds " + found_text(found) + " where " + std::string(expected) +
                       " belongs, so it was changed by something other than this salestream. Put a good copy back");
}

base::Result<core::Reject> reject_of(const Statement& row, const std::string& file) {
  static const Columns<RejectRow, StoredReject> columns = reject_columns().from("partition");
  StoredReject stored;
  RowReader reader(row);
  SALESTREAM_TRY(read_columns(columns, reader, file, stored));
  return std::move(stored.reject);
}

namespace {

base::Status read_reject_counts(Statement& statement, const std::string& json, const std::string& file,
                                core::Counters& into) {
  RowBinder(statement).text(json);
  for (;;) {
    SALESTREAM_ASSIGN(const bool more, statement.step());
    if (!more) return {};
    RowReader row(statement);
    const auto reason = core::reject_reason_of(row.text());
    if (!reason) {
      auto error = changed_by_hand(file, row.last_text(), "a reason for rejects");
      statement.reset();
      return error;
    }
    into.rejects[static_cast<std::size_t>(*reason)] = row.integer();
  }
}

}  // namespace

base::Result<std::vector<core::PartitionProgress>> read_progress(Database& database) {
  SALESTREAM_ASSIGN(Statement statement, database.prepare(shared_sql().read_progress));
  SALESTREAM_ASSIGN(Statement reject_counts, database.prepare(shared_sql().read_reject_counts));
  std::vector<core::PartitionProgress> progress;
  for (;;) {
    SALESTREAM_ASSIGN(const bool more, statement.step());
    if (!more) return progress;
    ProgressRow row;
    RowReader reader(statement);
    SALESTREAM_TRY(read_columns(progress_columns(), reader, database.file(), row));
    SALESTREAM_TRY(read_reject_counts(reject_counts, row.rejects_by_reason, database.file(), row.progress.counters));
    progress.push_back(row.progress);
  }
}

}  // namespace salestream::store::sqlite
