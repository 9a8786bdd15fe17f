// SPDX-License-Identifier: Apache-2.0
#include "audit/audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <thread>
#include <utility>

#include "audit/compare.h"
#include "audit/key_comparison.h"
#include "audit/key_records.h"
#include "audit/looks.h"
#include "audit/partition_audit.h"
#include "audit/reject_records.h"
#include "base/mutex.h"

namespace salestream::audit {
namespace {

constexpr std::chrono::milliseconds kBetweenLooksAtProgress{50};
constexpr std::int64_t kMessagesBetweenReports = 1000;

// What of Options::memory_bytes each part gets. Nothing waits for another look before the source was read.
struct Memory {
  std::size_t records, counters, rejects, waiting;
  explicit Memory(std::size_t bytes)
      : records(bytes / 2), counters(bytes * 3 / 8), rejects(bytes / 8), waiting(bytes * 3 / 16) {}
};

// What the store has: the part of each partition, and what is said of each key, also by the source later.
struct Stored {
  explicit Stored(const Memory& memory) : keys(memory.records), rejects(memory.rejects) {}

  KeyRecords keys;
  RejectRecords rejects;
  Partitions partitions;
};

base::Result<std::unique_ptr<Stored>> read_store(const core::Definition& definition, store::Inspection& inspection,
                                                 const Options& options) {
  const Memory memory(options.memory_bytes);
  auto stored = std::make_unique<Stored>(memory);
  const std::size_t counter_bytes = memory.counters / static_cast<std::size_t>(std::max(1, options.workers));
  const auto partition = [&](core::PartitionId id) -> PartitionAudit& {
    std::unique_ptr<PartitionAudit>& found = stored->partitions[id];
    if (found == nullptr)
      found = std::make_unique<PartitionAudit>(
          definition, id, options.most_listed,
          std::make_unique<PartCounter>(stored->keys, id, definition.totals.size(), counter_bytes));
    return *found;
  };
  // In the order of a flush, turned around: what progress says to be there can then be seen.
  SALESTREAM_ASSIGN(const auto progress, inspection.read_progress());
  for (const core::PartitionProgress& each : progress) partition(each.partition).add_stored(each);
  const auto add_rejects = [&](std::span<const core::Reject> page) -> base::Status {
    for (const core::Reject& reject : page)
      SALESTREAM_TRY(partition(reject.partition).add_stored(reject, stored->rejects));
    return {};
  };
  SALESTREAM_TRY(inspection.scan_rejects({}, add_rejects));
  store::TableIndex table = 0;
  const auto add_cells = [&](std::span<const store::StoredCell> page) -> base::Status {
    for (const store::StoredCell& cell : page) {
      partition(cell.partition).add_stored(cell);
      SALESTREAM_TRY(stored->keys.add_cell(table, cell));
    }
    return {};
  };
  for (table = 0; table < definition.totals.size(); ++table) SALESTREAM_TRY(inspection.scan_cells(table, add_cells));
  const auto add_rows = [&](std::span<const core::TotalsRow> page) -> base::Status {
    for (const core::TotalsRow& row : page) SALESTREAM_TRY(stored->keys.add_row(table, row.key, sums_of(row.measures)));
    return {};
  };
  for (table = 0; table < definition.totals.size(); ++table) SALESTREAM_TRY(inspection.scan_totals(table, add_rows));
  return stored;
}

// Asked also where nothing was counted yet: a topic that does not exist is an error, and not equal to nothing.
// A partition that the source does not have has no messages; what the store has of it is a difference then.
base::Status set_ranges(Reader& reader, Stored& stored) {
  SALESTREAM_ASSIGN(const std::vector<PartitionRange> ranges, reader.ranges());
  for (auto& [id, partition] : stored.partitions) {
    PartitionRange range{id, 0, 0};
    for (const PartitionRange& each : ranges)
      if (each.partition == id) range = each;
    partition->set_range(range, stored.rejects);
  }
  return {};
}

// The broker is asked only where there is a question: that takes a right which not everybody has.
base::Status conclude(Reader& reader, const std::vector<PartitionAudit*>& partitions) {
  bool is_compacted = false;
  if (std::any_of(partitions.begin(), partitions.end(), [](const PartitionAudit* p) { return p->lacks_messages(); })) {
    SALESTREAM_ASSIGN(is_compacted, reader.is_compacted());
  }
  for (PartitionAudit* partition : partitions) SALESTREAM_TRY(partition->conclude(is_compacted));
  return {};
}

// Counts the source again, with several threads, each one partition at a time.
class Readers {
 public:
  Readers(Reader& reader, std::vector<PartitionAudit*> partitions)
      : reader_(reader), partitions_(std::move(partitions)) {}

  base::Status read(int workers, const std::function<void(const Progress&)>& on_progress) {
    std::int64_t offsets = 0;
    for (const PartitionAudit* partition : partitions_) offsets += partition->end() - partition->begin();
    std::vector<std::thread> threads;
    const int count = std::clamp(workers, 1, std::max(1, static_cast<int>(partitions_.size())));
    {
      const base::MutexLock lock(mutex_);
      running_ = count;
    }
    for (int i = 0; i < count; ++i) threads.emplace_back([this] { work(); });
    {
      base::MutexLock lock(mutex_);
      const auto all_ended = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return running_ == 0; };
      while (!ended_.wait_for(mutex_, kBetweenLooksAtProgress, all_ended)) {
        if (!on_progress) continue;
        lock.unlock();
        on_progress({messages_, offsets > 0 ? static_cast<double>(offsets_) / static_cast<double>(offsets) : 1});
        lock.lock();
      }
    }
    for (std::thread& thread : threads) thread.join();
    const base::MutexLock lock(mutex_);
    return std::move(first_error_);
  }

 private:
  void work() {
    for (;;) {
      const std::size_t next = next_partition_++;
      if (next >= partitions_.size() || has_failed_) break;
      const base::Status status = read_one(*partitions_[next]);
      if (status.ok()) continue;
      const base::MutexLock lock(mutex_);
      if (first_error_.ok()) first_error_ = status;
      has_failed_ = true;
    }
    const base::MutexLock lock(mutex_);
    --running_;
    ended_.notify_one();
  }

  base::Status read_one(PartitionAudit& partition) {
    core::Offset reported = partition.begin();
    std::int64_t unreported = 0;
    const auto report_progress = [&](core::Offset at) {
      offsets_ += at - reported;
      messages_ += std::exchange(unreported, 0);
      reported = at;
    };
    SALESTREAM_ASSIGN(
        const core::Offset reached,
        reader_.read(partition.id(), partition.begin(), partition.end(), [&](const SourceMessage& message) {
          if (++unreported >= kMessagesBetweenReports) report_progress(message.offset);
          if (has_failed_) return base::Status(base::failure("another partition could not be read"));
          return partition.read(message);
        }));
    SALESTREAM_TRY(partition.finish(reached));
    report_progress(partition.end());
    return {};
  }

  Reader& reader_;
  const std::vector<PartitionAudit*> partitions_;
  std::atomic<std::size_t> next_partition_{0};
  std::atomic<std::int64_t> offsets_{0}, messages_{0};
  std::atomic<bool> has_failed_{false};
  base::Mutex mutex_;
  base::CondVar ended_;
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
  base::Status first_error_ ABSL_GUARDED_BY(mutex_);
};

// Reads the source once more, for what was added up beyond what is stored.
base::Status recount(Reader& reader, const Partitions& partitions, int workers, std::vector<KeyAudit>& keys) {
  std::map<core::PartitionId, std::unique_ptr<CellCounter>> counters;
  for (KeyAudit& key : keys)
    for (CellAudit& cell : key.cells) {
      if (!cell.is_to_be_recounted) continue;
      std::unique_ptr<CellCounter>& counter = counters[cell.partition];
      if (counter == nullptr) counter = std::make_unique<CellCounter>(key.table, cell.partition);
      counter->ask_for(key.key, cell);
    }
  std::vector<std::unique_ptr<PartitionAudit>> again;
  std::vector<PartitionAudit*> read;
  for (auto& [id, counter] : counters)
    read.push_back(again.emplace_back(partitions.at(id)->read_again(std::move(counter))).get());
  return Readers(reader, read).read(workers, {});
}

}  // namespace

base::Result<Report> audit(const core::Definition& definition, Reader& reader, store::Store& store,
                           const Options& options) {
  SALESTREAM_ASSIGN(std::unique_ptr<store::Inspection> inspection, store.inspect());
  SALESTREAM_ASSIGN(const std::unique_ptr<Stored> stored,
                    ask_store(options.look_pause, [&] { return read_store(definition, *inspection, options); }));
  // A snapshot hinders the writer, and reading the source may take minutes.
  if (inspection->is_snapshot()) inspection.reset();
  SALESTREAM_TRY(set_ranges(reader, *stored));
  std::vector<PartitionAudit*> partitions;
  for (const auto& [id, partition] : stored->partitions) partitions.push_back(partition.get());
  SALESTREAM_TRY(Readers(reader, partitions).read(options.workers, options.on_progress));
  SALESTREAM_TRY(conclude(reader, partitions));

  Report report;
  report.differences.keep_at_most(options.most_listed);
  report.unsettled.keep_at_most(options.most_listed);
  for (const PartitionAudit* partition : partitions) compare_progress(*partition, report);
  LookAgain look_again{{}, {}, options.look_pause, options.settle_timeout};
  if (inspection != nullptr) {
    look_again.read_progress = [&] {
      return ask_store(options.look_pause, [&] { return inspection->read_progress(); });
    };
    look_again.read = [&](store::TableIndex table, std::string_view key) {
      return ask_store(options.look_pause, [&] { return inspection->read_key(table, key); });
    };
  }
  KeyComparison comparison(
      {definition, stored->partitions, std::move(look_again),
       [&](std::vector<KeyAudit>& keys) { return recount(reader, stored->partitions, options.workers, keys); },
       Memory(options.memory_bytes).waiting},
      report);
  SALESTREAM_TRY(comparison.compare(stored->keys));
  for (const PartitionAudit* partition : partitions) compare_rejects(*partition, report);
  // Was it one count all the while? A reset in between would have mixed two.
  if (inspection != nullptr) {
    auto still_there = ask_store(options.look_pause, [&] { return inspection->read_progress(); });
    if (!still_there.ok()) return std::move(still_there).error();
  }
  report.differences.sort();
  report.unsettled.sort();
  return report;
}

}  // namespace salestream::audit
