// SPDX-License-Identifier: Apache-2.0
#include "replicated_store.h"

#include <algorithm>

#include "base/check.h"

namespace salestream::simulation {
namespace {

base::Error no_quorum() { return base::retriable("simulated: no quorum answered"); }

core::Cell cell_of(const Row& row) { return {row.measures, row.applied_through}; }

}  // namespace

Tables::Tables(const Case& a_case, int partition_count) : the_case(a_case), partitions(partition_count) {}

// The steps of a flush. Those that are not among the active ones have no effect.
class SimulatedSteps final : public store::FlushSteps {
 public:
  SimulatedSteps(InstanceStore& store, unsigned active) : store_(store), tables_(store.tables_), active_(active) {}

  base::Status write_rejects(std::span<const core::Reject> rejects) override {
    if ((active_ & kRejects) == 0) return {};
    std::vector<Cluster::Write> writes;
    for (const core::Reject& reject : rejects) {
      Row row;
      row.timestamp_us = store_.stamp(store::reject_timestamp(store_.generation_, reject.offset));
      row.extra = static_cast<std::uint32_t>(tables_.kept_rejects.size());
      tables_.kept_rejects.push_back(reject);
      writes.push_back({tables_.reject(reject.partition, reject.offset), row});
    }
    return write(writes);
  }

  base::Status write_cells(store::TableIndex table, std::span<const store::CellWrite> cells) override {
    std::vector<Cluster::Write> writes;
    for (const store::CellWrite& write : cells) {
      const std::uint32_t key = key_of(table, write.key);
      check_truth(table, key, write);
      Row row;
      row.timestamp_us = store_.stamp(store::cell_timestamp(store_.generation_, write.cell.applied_through));
      row.measures = write.cell.measures;
      row.applied_through = write.cell.applied_through;
      writes.push_back({tables_.cell(table, key, write.partition), row});
      if (!store_.rules_.reads_own_cells_back) store_.memory_[writes.back().row] = write.cell;
      own_.push_back(write.partition);
    }
    if ((active_ & kCells) == 0) return {};
    return this->write(writes);
  }

  base::Status read_cells(store::TableIndex table, std::span<const std::string_view> keys,
                          std::vector<store::KeyedCell>& out) override {
    if ((active_ & kTotals) == 0) return {};
    std::vector<Cluster::Range> ranges;
    for (const std::string_view key : keys)
      ranges.push_back({tables_.cell(table, key_of(table, key), 0), static_cast<std::uint32_t>(tables_.partitions)});
    if (!store_.cluster_.read(ranges, store_.window_, rows_)) return no_quorum();
    for (std::uint32_t k = 0; k < keys.size(); ++k)
      for (core::PartitionId p = 0; p < tables_.partitions; ++p) {
        const Row& row = rows_[k * static_cast<std::uint32_t>(tables_.partitions) + static_cast<std::uint32_t>(p)];
        const auto remembered = store_.memory_.find(ranges[k].begin + static_cast<RowId>(p));
        if (remembered != store_.memory_.end())
          out.push_back({k, p, remembered->second});
        else if (store_.counts(row) && (store_.rules_.reads_siblings || is_own(p)))
          out.push_back({k, p, cell_of(row)});
        else
          continue;
        if (!store_.rules_.versions_add_up) {
          std::int64_t& newest = newest_[{table, key_of(table, keys[k])}];
          newest = std::max(newest, out.back().cell.applied_through + 1);
        }
      }
    return {};
  }

  base::Status write_totals(store::TableIndex table, std::span<const core::TotalsRow> totals) override {
    if ((active_ & kTotals) == 0) return {};
    std::vector<Cluster::Write> writes;
    for (const core::TotalsRow& total : totals) {
      Row row;
      row.timestamp_us = store_.stamp(store::totals_timestamp(
          store_.generation_,
          store_.rules_.versions_add_up ? total.version : newest_[{table, key_of(table, total.key)}]));
      row.measures = total.measures;
      writes.push_back({tables_.total(table, key_of(table, total.key)), row});
    }
    return write(writes);
  }

  base::Status write_progress(std::span<const core::PartitionProgress> progress) override {
    if ((active_ & kProgress) == 0) return {};
    std::vector<Cluster::Write> writes;
    for (const core::PartitionProgress& p : progress) {
      Row row;
      row.timestamp_us = store_.stamp(store::progress_timestamp(store_.generation_, p.next_offset));
      row.extra = static_cast<std::uint32_t>(tables_.kept_progress.size());
      tables_.kept_progress.push_back(p);
      writes.push_back({tables_.progress(p.partition), row});
    }
    return write(writes);
  }

 private:
  std::uint32_t key_of(store::TableIndex table, std::string_view key) const {
    const auto index = tables_.the_case.key_index(table, key);
    SALESTREAM_CHECK(index.has_value());
    return *index;
  }

  bool is_own(core::PartitionId p) const { return std::find(own_.begin(), own_.end(), p) != own_.end(); }

  // A cell is a pure function of the log and `applied_through`: one that is not is found here, long before the end.
  void check_truth(store::TableIndex table, std::uint32_t key, const store::CellWrite& write) {
    if (store_.first_untruth == nullptr || !store_.first_untruth->empty()) return;
    if (store_.history->cell(table, key, write.partition, write.cell.applied_through) == write.cell.measures) return;
    // What a former generation still writes may have begun with another log, and counts for nothing.
    if (store_.cluster_.merged(tables_.generation(), 0, 1).timestamp_us != store_.generation_.base_us) return;
    *store_.first_untruth = "a cell of partition " + std::to_string(write.partition) + " through " +
                            std::to_string(write.cell.applied_through) + " was written that the log can't give";
  }

  base::Status write(const std::vector<Cluster::Write>& writes) {
    if (!store_.cluster_.write(writes, store_.window_)) return no_quorum();
    return {};
  }

  InstanceStore& store_;
  Tables& tables_;
  const unsigned active_;
  std::vector<Row> rows_;
  std::vector<core::PartitionId> own_;                                          // of the cells written in this flush
  std::map<std::pair<store::TableIndex, std::uint32_t>, std::int64_t> newest_;  // for a mutant: of the cells read
};

class SimulatedSession final : public store::Session {
 public:
  explicit SimulatedSession(InstanceStore& store) : store_(store), tables_(store.tables_) {}

  base::Result<std::vector<core::PartitionProgress>> read_progress() override {
    store_.memory_.clear();
    SALESTREAM_TRY(store_.check_generation());
    const Cluster::Range range{tables_.progress(0), static_cast<std::uint32_t>(tables_.partitions)};
    if (!store_.cluster_.read({&range, 1}, store_.window_, rows_)) return no_quorum();
    std::vector<core::PartitionProgress> all;
    for (const Row& row : rows_)
      if (store_.counts(row)) all.push_back(tables_.kept_progress[row.extra]);
    return all;
  }

  base::Status read_partition_cells(store::TableIndex table, core::PartitionId partition,
                                    std::span<const std::string_view> keys,
                                    std::vector<std::optional<core::Cell>>& out) override {
    std::vector<Cluster::Range> ranges;
    for (const std::string_view key : keys)
      ranges.push_back({tables_.cell(table, tables_.the_case.key_index(table, key).value(), partition), 1});
    if (!store_.cluster_.read(ranges, store_.window_, rows_)) return no_quorum();
    out.clear();
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      out.push_back(store_.counts(rows_[i]) ? std::optional(cell_of(rows_[i])) : std::nullopt);
      if (!store_.rules_.reads_own_cells_back && out.back()) store_.memory_[ranges[i].begin] = *out.back();
    }
    return {};
  }

  base::Status flush(const std::function<base::Status(store::FlushSteps&)>& steps) override {
    SALESTREAM_TRY(store_.check_generation());
    for (const unsigned round : store_.rules_.rounds) {
      SimulatedSteps active(store_, round);
      SALESTREAM_TRY(steps(active));
    }
    return {};
  }

  base::Result<store::TotalsPage> read_totals(store::TableIndex, std::size_t) override {
    return base::failure("simulated: the engine reads no totals");
  }
  base::Result<std::vector<core::Reject>> read_rejects(std::size_t) override {
    return base::failure("simulated: the engine reads no rejects");
  }

 private:
  InstanceStore& store_;
  Tables& tables_;
  std::vector<Row> rows_;
};

std::unique_ptr<store::Session> InstanceStore::session() { return std::make_unique<SimulatedSession>(*this); }

base::Result<store::Generation> InstanceStore::read_generation() {
  const Cluster::Range range{tables_.generation(), 1};
  std::vector<Row> rows;
  if (!cluster_.read({&range, 1}, 1, rows)) return no_quorum();
  return store::Generation{rows[0].timestamp_us};
}

base::Status InstanceStore::check_generation() {
  if (!rules_.checks_generation) return {};
  SALESTREAM_ASSIGN(const store::Generation now, read_generation());
  if (now.base_us != generation_.base_us) return base::failure("simulated: there was a reset");
  return {};
}

base::Status InstanceStore::open() {
  SALESTREAM_ASSIGN(generation_, read_generation());
  return clear_former_rows();
}

base::Status InstanceStore::clear_former_rows() {
  if (!rules_.clears_former_rows) return {};
  std::vector<Cluster::Range> ranges;
  for (std::uint32_t table = 0; table < tables_.the_case.keys.size(); ++table)
    ranges.push_back({tables_.total(table, 0), kMaxKeys + 1});
  std::vector<Row> rows;
  if (!cluster_.read(ranges, window_, rows)) return no_quorum();
  std::vector<Cluster::Write> deletes;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].exists() || store::belongs_to(generation_, rows[i].timestamp_us)) continue;
    Row tombstone;
    tombstone.timestamp_us = store::clearing_timestamp(generation_);
    tombstone.is_deleted = true;
    deletes.push_back({ranges[i / (kMaxKeys + 1)].begin + static_cast<RowId>(i % (kMaxKeys + 1)), tombstone});
  }
  if (!cluster_.write(deletes, window_)) return no_quorum();
  return {};
}

base::Status InstanceStore::reset() {
  SALESTREAM_ASSIGN(const store::Generation former, read_generation());
  // The newest that can be seen of it.
  std::vector<Cluster::Range> ranges;
  for (RowId row = 0; row < tables_.reject(0, 0); row += Cluster::kMaxRange)
    ranges.push_back({row, std::min(Cluster::kMaxRange, tables_.reject(0, 0) - row)});
  std::vector<Row> rows;
  if (!cluster_.read(ranges, window_, rows)) return no_quorum();
  store::TimestampUs newest_us = 0;
  for (const Row& row : rows)
    if (row.exists()) newest_us = std::max(newest_us, row.timestamp_us);
  generation_ = rules_.generation_has_margin ? store::next_generation(clock_us(), former, newest_us)
                                             : store::first_generation(std::max(clock_us(), former.base_us + 1));
  Row row;
  row.timestamp_us = generation_.base_us;
  const Cluster::Write write{tables_.generation(), row};
  while (!cluster_.write({&write, 1}, 1)) scheduler_.sleep(1000);
  return clear_former_rows();
}

}  // namespace salestream::simulation
