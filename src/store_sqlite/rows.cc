// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/rows.h"

#include "base/iso_time.h"
#include "base/logging.h"
#include "store/total_text.h"
#include "store_sqlite/schema.h"

namespace salestream::store::sqlite {
namespace {

base::Error changed_by_hand(const std::string& file, std::string_view found, const char* expected) {
  return base::failure(file + ": holds \"" + base::printable(found, 100) + "\" where " + expected +
                       " belongs, so it was changed by something other than this salestream. Put a good copy back, or "
                       "start over with `salestream reset PIPELINE`");
}

std::optional<core::RejectReason> reason_of(std::string_view name) {
  for (int i = 0; i < core::kRejectReasonCount; ++i)
    if (const auto reason = static_cast<core::RejectReason>(i); name == core::name_of(reason)) return reason;
  return std::nullopt;
}

base::Status read_decimal(const Statement& row, int column, const std::string& file, core::Decimal& into) {
  const auto value = parse_total(row.text(column));
  if (!value) return changed_by_hand(file, row.text(column), "a decimal");
  into = *value;
  return {};
}

}  // namespace

void KeyBinder::bind(Statement& statement, std::string_view key) {
  if (dimensions_ == 1) {
    statement.bind_text(1, key);
    return;
  }
  values_ = core::split_key(key, dimensions_);
  SALESTREAM_CHECK(values_.size() == dimensions_);
  for (std::size_t i = 0; i < dimensions_; ++i) statement.bind_text(static_cast<int>(i) + 1, values_[i]);
}

std::string key_of(const Statement& row, std::size_t dimensions) {
  if (dimensions == 1) return std::string(row.text(0));
  std::vector<std::string_view> values;
  for (std::size_t i = 0; i < dimensions; ++i) values.push_back(row.text(static_cast<int>(i)));
  return core::make_key(values);
}

base::Result<core::Cell> cell_of(const Statement& row, int first_column, const std::string& file) {
  core::Cell cell;
  SALESTREAM_TRY(read_decimal(row, first_column, file, cell.measures.revenue));
  SALESTREAM_TRY(read_decimal(row, first_column + 1, file, cell.measures.units));
  cell.measures.orders = row.integer(first_column + 2);
  cell.applied_through = row.integer(first_column + 3);
  return cell;
}

base::Status read_measure(const Statement& row, int column, core::Measure measure, const std::string& file,
                          core::Measures& into) {
  switch (measure) {
    case core::Measure::kRevenue: return read_decimal(row, column, file, into.revenue);
    case core::Measure::kUnits: return read_decimal(row, column, file, into.units);
    case core::Measure::kOrders: into.orders = row.integer(column); return {};
  }
  return {};
}

base::Status write_reject(Statement& statement, const std::string& log, const core::Reject& reject) {
  const auto time = base::iso_time(reject.timestamp_ms);
  statement.bind_text(1, log);
  statement.bind_integer(2, reject.partition);
  statement.bind_integer(3, reject.offset);
  if (time)
    statement.bind_text(4, *time);
  else
    statement.bind_null(4);
  statement.bind_text(5, core::name_of(reject.reason));
  statement.bind_text(6, reject.detail);
  statement.bind_blob(7, reject.key);
  if (reject.is_null)
    statement.bind_null(8);
  else
    statement.bind_blob(8, reject.message);
  return statement.run();
}

base::Result<core::Reject> reject_of(const Statement& row, const std::string& file) {
  core::Reject reject;
  reject.partition = static_cast<core::PartitionId>(row.integer(0));
  reject.offset = row.integer(1);
  reject.timestamp_ms = row.is_null(2) ? -1 : base::parse_iso_time(row.text(2));
  const auto reason = reason_of(row.text(3));
  if (!reason) return changed_by_hand(file, row.text(3), "a reason for a reject");
  reject.reason = *reason;
  reject.detail = row.text(4);
  reject.key = row.blob(5);
  reject.is_null = row.is_null(6);
  reject.message = row.blob(6);
  return reject;
}

base::Status write_progress(Statement& statement, const core::PartitionProgress& progress) {
  const core::Counters& counters = progress.counters;
  std::string rejects;
  for (int i = 0; i < core::kRejectReasonCount; ++i)
    if (const auto count = counters.rejects[static_cast<std::size_t>(i)]; count != 0)
      rejects += (rejects.empty() ? "\"" : ",\"") + std::string(core::name_of(static_cast<core::RejectReason>(i))) +
                 "\":" + std::to_string(count);
  rejects = "{" + rejects + "}";
  int parameter = 0;
  // The checksums keep their 64 bits; SQLite shows them as signed numbers.
  for (const std::int64_t value :
       {static_cast<std::int64_t>(progress.partition), progress.first_offset,
        static_cast<std::int64_t>(progress.first_checksum), progress.next_offset, progress.last_offset,
        static_cast<std::int64_t>(progress.last_checksum), progress.last_timestamp_ms, counters.messages,
        counters.orders, counters.items, counters.wrong_totals, counters.duplicates, progress.window_offset})
    statement.bind_integer(++parameter, value);
  statement.bind_text(++parameter, rejects);
  return statement.run();
}

namespace {

base::Result<core::PartitionProgress> progress_of(const Statement& row, Statement& reject_counts,
                                                  const std::string& file) {
  core::PartitionProgress progress;
  progress.partition = static_cast<core::PartitionId>(row.integer(0));
  progress.first_offset = row.integer(1);
  progress.first_checksum = static_cast<std::uint64_t>(row.integer(2));
  progress.next_offset = row.integer(3);
  progress.last_offset = row.integer(4);
  progress.last_checksum = static_cast<std::uint64_t>(row.integer(5));
  progress.last_timestamp_ms = row.integer(6);
  progress.counters.messages = row.integer(7);
  progress.counters.orders = row.integer(8);
  progress.counters.items = row.integer(9);
  progress.counters.wrong_totals = row.integer(10);
  progress.counters.duplicates = row.integer(11);
  progress.window_offset = row.integer(12);
  reject_counts.bind_text(1, row.text(13));
  for (;;) {
    SALESTREAM_ASSIGN(const bool more, reject_counts.step());
    if (!more) return progress;
    const auto reason = reason_of(reject_counts.text(0));
    if (!reason) {
      auto error = changed_by_hand(file, reject_counts.text(0), "a reason for rejects");
      reject_counts.reset();
      return error;
    }
    progress.counters.rejects[static_cast<std::size_t>(*reason)] = reject_counts.integer(1);
  }
}

}  // namespace

base::Result<std::vector<core::PartitionProgress>> read_progress(Database& database) {
  SALESTREAM_ASSIGN(Statement statement, database.prepare(kReadProgress));
  SALESTREAM_ASSIGN(Statement reject_counts, database.prepare(kReadRejectCounts));
  std::vector<core::PartitionProgress> progress;
  for (;;) {
    SALESTREAM_ASSIGN(const bool row, statement.step());
    if (!row) return progress;
    SALESTREAM_ASSIGN(auto partition, progress_of(statement, reject_counts, database.file()));
    progress.push_back(partition);
  }
}

}  // namespace salestream::store::sqlite
