// SPDX-License-Identifier: Apache-2.0
#include "audit/audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <thread>
#include <tuple>
#include <utility>

#include "audit/compare.h"
#include "audit/partition_audit.h"
#include "base/mutex.h"
#include "base/retry.h"

namespace salestream::audit {
namespace {

constexpr std::chrono::milliseconds kBetweenLooksAtProgress{50};
constexpr std::int64_t kMessagesBetweenReports = 1000;

// A store that is busy or unavailable for a moment is asked again, for so long: what is only read can be read again.
constexpr std::chrono::seconds kStoreTimeout{30};

template <typename Attempt>
auto retry(const Options& options, const Attempt& attempt) {
  return base::retry({.first_pause = options.look_pause, .timeout = kStoreTimeout}, {}, attempt);
}

// What the store has: the part of each partition, and the rows of each table.
struct Stored {
  std::map<core::PartitionId, std::unique_ptr<PartitionAudit>> partitions;
  std::vector<TotalsRows> rows;
};

base::Result<Stored> read_store(const core::Definition& definition, store::Inspection& inspection) {
  Stored stored;
  const auto partition = [&](core::PartitionId id) -> PartitionAudit& {
    std::unique_ptr<PartitionAudit>& found = stored.partitions[id];
    if (found == nullptr) found = std::make_unique<PartitionAudit>(definition, id);
    return *found;
  };
  // In the order of a flush, turned around: what progress says to be there can then be seen.
  SALESTREAM_ASSIGN(const auto progress, inspection.read_progress());
  for (const core::PartitionProgress& each : progress) partition(each.partition).add_stored(each);
  SALESTREAM_TRY(inspection.scan_rejects({}, [&](std::span<const core::Reject> page) -> base::Status {
    for (const core::Reject& reject : page) partition(reject.partition).add_stored(reject);
    return {};
  }));
  for (store::TableIndex table = 0; table < definition.totals.size(); ++table)
    SALESTREAM_TRY(inspection.scan_cells(table, [&](std::span<const store::StoredCell> page) -> base::Status {
      for (const store::StoredCell& cell : page) partition(cell.partition).add_stored(table, cell);
      return {};
    }));
  stored.rows.resize(definition.totals.size());
  for (store::TableIndex table = 0; table < definition.totals.size(); ++table)
    SALESTREAM_TRY(inspection.scan_totals(table, [&](std::span<const core::TotalsRow> page) -> base::Status {
      for (const core::TotalsRow& row : page) stored.rows[table][row.key] = sums_of(row.measures);
      return {};
    }));
  return stored;
}

// Asked also where nothing was counted yet: a topic that does not exist is an error, and not equal to nothing.
// A partition that the source does not have has no messages; what the store has of it is a difference then.
base::Status set_ranges(Reader& reader, std::map<core::PartitionId, std::unique_ptr<PartitionAudit>>& partitions) {
  SALESTREAM_ASSIGN(const std::vector<PartitionRange> ranges, reader.ranges());
  for (auto& [id, partition] : partitions) {
    PartitionRange range{id, 0, 0};
    for (const PartitionRange& each : ranges)
      if (each.partition == id) range = each;
    partition->set_range(range);
  }
  return {};
}

// The broker is asked only where there is a question: that takes a right which not everybody has.
base::Status conclude(Reader& reader, const std::vector<PartitionAudit*>& partitions) {
  bool is_compacted = false;
  if (std::any_of(partitions.begin(), partitions.end(), [](const PartitionAudit* p) { return p->lacks_messages(); })) {
    SALESTREAM_ASSIGN(is_compacted, reader.is_compacted());
  }
  for (PartitionAudit* partition : partitions) partition->conclude(is_compacted);
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
    partition.finish(reached);
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

void sort_by_place(std::vector<Difference>& differences) {
  std::stable_sort(differences.begin(), differences.end(), [](const Difference& a, const Difference& b) {
    // A rejected message's key is its offset: shorter ones are smaller.
    const auto place = [](const Difference& d) {
      return std::tuple(d.table, d.table == "rejects" ? d.partitions : std::vector<core::PartitionId>{},
                        d.table == "rejects" ? d.key.front().size() : 0, d.key, d.partitions);
    };
    return place(a) < place(b);
  });
}

}  // namespace

base::Result<Report> audit(const core::Definition& definition, Reader& reader, store::Store& store,
                           const Options& options) {
  SALESTREAM_ASSIGN(std::unique_ptr<store::Inspection> inspection, store.inspect());
  SALESTREAM_ASSIGN(Stored stored, retry(options, [&] { return read_store(definition, *inspection); }));
  // A snapshot hinders the writer, and reading the source may take minutes.
  if (inspection->is_snapshot()) inspection.reset();
  SALESTREAM_TRY(set_ranges(reader, stored.partitions));
  std::vector<PartitionAudit*> partitions;
  for (const auto& [id, partition] : stored.partitions) partitions.push_back(partition.get());
  SALESTREAM_TRY(Readers(reader, partitions).read(options.workers, options.on_progress));
  SALESTREAM_TRY(conclude(reader, partitions));

  Report report;
  for (const PartitionAudit* partition : partitions) compare_progress(*partition, report);
  for (store::TableIndex table = 0; table < definition.totals.size(); ++table) {
    TableReport into;
    into.name = definition.totals[table].name;
    compare_cells(definition, table, partitions, into, report);
    LookAgain look_again{{}, {}, options.look_pause, options.settle_timeout};
    if (inspection != nullptr) {
      look_again.read_progress = [&] { return retry(options, [&] { return inspection->read_progress(); }); };
      look_again.read = [&](std::string_view key) {
        return retry(options, [&] { return inspection->read_key(table, key); });
      };
    }
    SALESTREAM_TRY(
        compare_totals(definition.totals[table], table, partitions, stored.rows[table], look_again, into, report));
    report.tables.push_back(std::move(into));
  }
  for (const PartitionAudit* partition : partitions) compare_rejects(*partition, report);
  // Was it one count all the while? A reset in between would have mixed two.
  if (inspection != nullptr) {
    auto still_there = retry(options, [&] { return inspection->read_progress(); });
    if (!still_there.ok()) return std::move(still_there).error();
  }
  sort_by_place(report.differences);
  sort_by_place(report.unsettled);
  return report;
}

}  // namespace salestream::audit
