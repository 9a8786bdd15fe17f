// SPDX-License-Identifier: Apache-2.0
#include "store/cassandra/writer.h"

#include <limits>

#include "store/cassandra/rows.h"
#include "store/cassandra/session.h"
#include "store/timestamps.h"

namespace salestream::store::cassandra {
namespace {

// Up to 64 requests are in flight, and Cassandra refuses work when too many bytes are.
constexpr std::size_t kMaxRejectBytesAtOnce = 8 << 20;

// Offsets and versions are sums of what a log says of itself; a timestamp has to hold base and offset.
base::Status check_fits(const Shared& shared, std::int64_t offset) {
  if (offset >= 0 && offset < std::numeric_limits<TimestampUs>::max() - 1 - shared.generation.base.base_us) return {};
  return shared.client->failure("an offset of " + std::to_string(offset) +
                                " is beyond what its write timestamps can hold");
}

}  // namespace

base::Status check_generation(const Shared& shared) {
  BoundRows row;
  row.text(shared.pipeline).end_row();
  SALESTREAM_ASSIGN(const Answer answer, shared.client->read(shared.read_generation, row));
  std::optional<std::int32_t> now;
  if (!answer.inputs.empty()) now = integer_of(ValueReader(answer.values).next().value_or(""));
  if (now == shared.generation.number) return {};
  return shared.client->failure(
      now ? "the pipeline was reset while this run went on: what it counts belongs to a count that is over, and is left "
            "out. Start it again to take part in the new one"
          : "the pipeline's row in salestream_pipeline is gone. Put a good copy back, or start over with `salestream reset "
            "PIPELINE`");
}

base::Status Writer::write_rejects(std::span<const core::Reject> rejects) {
  SALESTREAM_CHECK(rejects.size() <= kMaxRowsAStep);
  const CurrentGeneration& generation = shared_.generation;
  rows_.clear();
  for (const core::Reject& reject : rejects) {
    SALESTREAM_TRY(check_fits(shared_, reject.offset));
    rows_.text(shared_.pipeline).integer(generation.number).integer(reject.partition);
    rows_.bigint(offsets_from(reject.offset)).bigint(reject.offset);
    bind_reject(rows_, reject);
    rows_.text(shared_.log).bigint(reject_timestamp(generation.base, reject.offset)).end_row();
    if (rows_.bytes().size() < kMaxRejectBytesAtOnce) continue;
    SALESTREAM_TRY(shared_.client->write(shared_.write_reject, rows_));
    rows_ = {};
  }
  return shared_.client->write(shared_.write_reject, rows_);
}

base::Status Writer::write_cells(TableIndex index, std::span<const CellWrite> cells) {
  SALESTREAM_CHECK(cells.size() <= kMaxRowsAStep);
  const TableAccess& table = shared_.tables.at(index);
  const CurrentGeneration& generation = shared_.generation;
  rows_.clear();
  for (const CellWrite& write : cells) {
    SALESTREAM_TRY(check_fits(shared_, write.cell.through));
    bind_key(rows_, write.key, table.dimensions);
    rows_.integer(generation.number).integer(write.partition);
    for (const core::Measure measure : {core::Measure::kRevenue, core::Measure::kUnits, core::Measure::kOrders})
      bind_measure(rows_, measure, write.cell.measures);
    rows_.bigint(write.cell.through).bigint(cell_timestamp(generation.base, write.cell.through)).end_row();
  }
  return shared_.client->write(table.write_cell, rows_);
}

base::Status Writer::read_cells(TableIndex index, std::span<const std::string_view> keys, std::vector<KeyedCell>& out) {
  SALESTREAM_CHECK(keys.size() <= kMaxRowsAStep);
  const TableAccess& table = shared_.tables.at(index);
  rows_.clear();
  for (const std::string_view key : keys) {
    rows_.integer(shared_.generation.number);
    bind_key(rows_, key, table.dimensions);
    rows_.end_row();
  }
  SALESTREAM_ASSIGN(const Answer answer, shared_.client->read(table.read_cells, rows_));
  ValueReader values(answer.values);
  for (const std::uint32_t input : answer.inputs) {
    KeyedCell& found = out.emplace_back();
    found.key_index = input;
    SALESTREAM_TRY(read_cell(values, *shared_.client, found.partition, found.cell));
  }
  return {};
}

base::Status Writer::write_totals(TableIndex index, std::span<const core::TotalsRow> rows) {
  SALESTREAM_CHECK(rows.size() <= kMaxRowsAStep);
  const TableAccess& table = shared_.tables.at(index);
  rows_.clear();
  for (const core::TotalsRow& row : rows) {
    SALESTREAM_TRY(check_fits(shared_, row.version));
    bind_key(rows_, row.key, table.dimensions);
    for (const core::Measure measure : table.measures) bind_measure(rows_, measure, row.measures);
    rows_.bigint(totals_timestamp(shared_.generation.base, row.version)).end_row();
  }
  SALESTREAM_TRY(shared_.client->write(table.write_totals, rows_));

  // These rows carry no generation, and a reset may have come since the flush began. The new generation's timestamps are
  // greater, but it may never count a key that only we know: then nothing else would ever take our row away.
  const base::Status same = check_generation(shared_);
  if (same.ok() || same.error().kind == base::ErrorKind::kRetriable) return same;
  rows_.clear();
  for (const core::TotalsRow& row : rows) {
    rows_.bigint(totals_timestamp(shared_.generation.base, row.version));
    bind_key(rows_, row.key, table.dimensions);
    rows_.end_row();
  }
  SALESTREAM_TRY(shared_.client->write(table.delete_totals, rows_));
  return same;
}

base::Status Writer::write_progress(std::span<const core::PartitionProgress> progress) {
  SALESTREAM_CHECK(progress.size() <= kMaxRowsAStep);
  const CurrentGeneration& generation = shared_.generation;
  rows_.clear();
  for (const core::PartitionProgress& partition : progress) {
    SALESTREAM_TRY(check_fits(shared_, partition.next_offset));
    rows_.text(shared_.pipeline).integer(generation.number);
    bind_progress(rows_, partition);
    rows_.bigint(progress_timestamp(generation.base, partition.next_offset)).end_row();
  }
  return shared_.client->write(shared_.write_progress, rows_);
}

}  // namespace salestream::store::cassandra
