// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/writer.h"

#include "base/logging.h"
#include "store/timestamps.h"
#include "store_cassandra/rows.h"
#include "store_cassandra/session.h"

namespace salestream::store::cassandra {
namespace {

// Up to 64 requests are in flight, and Cassandra refuses work when too many bytes are.
constexpr std::size_t kMaxRejectBytesAtOnce = 8 << 20;
// Each waits for the driver's own time limit.
constexpr int kTakeBackAttempts = 5;
constexpr int kRepairsPerWrite = 16;

base::Status check_fits(const Shared& shared, Generation base, std::int64_t offset) {
  if (fits(base, offset)) return {};
  return beyond_timestamps(*shared.client, offset);
}

}  // namespace

base::Result<GenerationNow> read_generation_now(const Shared& shared) {
  BoundRows row;
  row.text(shared.pipeline).end_row();
  SALESTREAM_ASSIGN(const Answer answer, shared.client->read(shared.read_generation, row));
  if (answer.inputs.empty()) return GenerationNow::kGone;
  ValueReader values(answer.values);
  StoredPipeline now;
  const bool is_same = pipeline_columns().generation.read(values, now) == nullptr &&
                       now.generation.number == shared.generation.number &&
                       now.generation.base.base_us == shared.generation.base.base_us;
  if (!is_same) return GenerationNow::kAnother;
  shared.take_over(now.generation.totals());
  return GenerationNow::kSame;
}

base::Status check_generation(const Shared& shared, GenerationNow now) {
  switch (now) {
    case GenerationNow::kSame: return {};
    case GenerationNow::kAnother:
      return shared.client->failure(
          "the pipeline was reset while this run went on: what it counts belongs to a count that "
          "is over, and is left out. Start it again to take part in the new one");
    case GenerationNow::kGone: break;
  }
  return shared.client->failure(
      "the pipeline's row in salestream_pipeline is gone. Put a good copy back, or start over "
      "with `salestream reset PIPELINE`");
}

base::Status check_generation(const Shared& shared) {
  SALESTREAM_ASSIGN(const GenerationNow now, read_generation_now(shared));
  return check_generation(shared, now);
}

base::Status Writer::write_rejects(std::span<const core::Reject> rejects) {
  SALESTREAM_CHECK(rejects.size() <= kMaxRowsPerStep);
  rows_.clear();
  for (const core::Reject& reject : rejects) {
    SALESTREAM_TRY(check_fits(shared_, shared_.generation.base, reject.offset));
    reject_columns().all.bind(rows_, {shared_.owner(), reject});
    rows_.bigint(reject_timestamp(shared_.generation.base, reject.offset)).end_row();
    if (rows_.bytes().size() < kMaxRejectBytesAtOnce) continue;
    SALESTREAM_TRY(shared_.client->write(shared_.write_reject, rows_));
    rows_ = {};
  }
  return shared_.client->write(shared_.write_reject, rows_);
}

base::Status Writer::write_cells(TableIndex index, std::span<const CellWrite> cells) {
  SALESTREAM_CHECK(cells.size() <= kMaxRowsPerStep);
  const TableAccess& table = shared_.tables.at(index);
  const CurrentGeneration& generation = shared_.generation;
  rows_.clear();
  for (const CellWrite& write : cells) {
    SALESTREAM_TRY(check_fits(shared_, generation.base, write.cell.applied_through));
    table.key.bind(rows_, write.key);
    cell_columns().all.bind(rows_, {generation.number, write.partition, write.cell});
    rows_.bigint(cell_timestamp(generation.base, write.cell.applied_through)).end_row();
  }
  return shared_.client->write(table.write_cell, rows_);
}

base::Status Writer::read_cells(TableIndex index, std::span<const std::string_view> keys, std::vector<KeyedCell>& out) {
  SALESTREAM_CHECK(keys.size() <= kMaxRowsPerStep);
  const TableAccess& table = shared_.tables.at(index);
  rows_.clear();
  for (const std::string_view key : keys) {
    cell_columns().generation.bind(rows_, {shared_.generation.number, 0, {}});
    table.key.bind(rows_, key);
    rows_.end_row();
  }
  SALESTREAM_ASSIGN(const Answer answer, shared_.client->read(table.read_cells, rows_));
  ValueReader values(answer.values);
  for (const std::uint32_t input : answer.inputs) {
    CellRow row;
    SALESTREAM_TRY(read_columns(cell_columns().values, values, *shared_.client, row));
    out.push_back({input, row.partition, row.cell});
  }
  return {};
}

// These rows carry no generation, and a reset or a repair may have come since the flush began.
base::Status Writer::write_totals(TableIndex index, std::span<const core::TotalsRow> rows) {
  SALESTREAM_CHECK(rows.size() <= kMaxRowsPerStep);
  const TableAccess& table = shared_.tables.at(index);
  for (int attempt = 0; attempt < kRepairsPerWrite; ++attempt) {
    const Generation base = shared_.totals();
    rows_.clear();
    for (const core::TotalsRow& row : rows) {
      SALESTREAM_TRY(check_fits(shared_, base, row.version));
      table.key.bind(rows_, row.key);
      table.measures.bind(rows_, row.measures);
      rows_.bigint(totals_timestamp(base, row.version)).end_row();
    }
    SALESTREAM_TRY(shared_.client->write(table.write_totals, rows_));

    // A new generation's timestamps are greater, but it may never count a key that only we know: then nothing else
    // would ever take our row away. Only where another generation was seen: in this one, what is deleted with a row's
    // own timestamp could not be written again.
    SALESTREAM_ASSIGN(const GenerationNow now, read_generation_now(shared_));
    if (now == GenerationNow::kAnother) take_back(table, base, rows);
    SALESTREAM_TRY(check_generation(shared_, now));
    // A repair may have read our cells before we wrote them, and its rows are newer: these are written once more.
    if (shared_.totals().base_us == base.base_us) return {};
  }
  return base::retriable("cassandra " + shared_.client->name() + ": its totals are repaired again and again");
}

void Writer::take_back(const TableAccess& table, Generation base, std::span<const core::TotalsRow> rows) {
  rows_.clear();
  for (const core::TotalsRow& row : rows) {
    rows_.bigint(totals_timestamp(base, row.version));
    table.key.bind(rows_, row.key);
    rows_.end_row();
  }
  base::Status taken;
  for (int attempt = 0; attempt < kTakeBackAttempts; ++attempt) {
    taken = shared_.client->write(table.delete_totals, rows_);
    if (taken.ok()) return;
  }
  base::log_warning(taken.error().message + "; " + std::to_string(rows.size()) +
                    " totals of the count that is over may be left: the next run looks for them");
}

base::Status Writer::write_progress(std::span<const core::PartitionProgress> progress) {
  SALESTREAM_CHECK(progress.size() <= kMaxRowsPerStep);
  rows_.clear();
  for (const core::PartitionProgress& partition : progress) {
    SALESTREAM_TRY(check_fits(shared_, shared_.generation.base, partition.next_offset));
    progress_columns().all.bind(rows_, {shared_.owner(), partition});
    rows_.bigint(progress_timestamp(shared_.generation.base, partition.next_offset)).end_row();
  }
  return shared_.client->write(shared_.write_progress, rows_);
}

}  // namespace salestream::store::cassandra
