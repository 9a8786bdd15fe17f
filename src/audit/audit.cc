// SPDX-License-Identifier: Apache-2.0
#include "audit/audit.h"

#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "audit/compare.h"
#include "audit/key_comparison.h"
#include "audit/key_records.h"
#include "audit/looks.h"
#include "audit/partition_audit.h"
#include "audit/partition_readers.h"
#include "audit/recount.h"
#include "audit/reject_records.h"

namespace salestream::audit {
namespace {

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
  auto stored = std::make_unique<Stored>(Memory(options.memory_bytes));
  const auto partition = [&](core::PartitionId id) -> PartitionAudit& {
    std::unique_ptr<PartitionAudit>& found = stored->partitions[id];
    if (found == nullptr) found = std::make_unique<PartitionAudit>(definition, id, options.most_listed);
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
  const auto add_rows = [&](std::span<const store::StoredTotals> page) -> base::Status {
    for (const store::StoredTotals& row : page) SALESTREAM_TRY(stored->keys.add_row(table, row));
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

// A thread's counter gives its memory back before the thread goes on with the next partition.
void set_counters(const std::vector<PartitionAudit*>& partitions, std::size_t tables, const Options& options,
                  KeyRecords& keys) {
  const std::size_t each_bytes =
      Memory(options.memory_bytes).counters / PartitionReaders::threads_for(partitions, options.workers);
  for (PartitionAudit* partition : partitions)
    partition->set_counter(std::make_unique<PartCounter>(keys, partition->id(), tables, each_bytes));
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
  set_counters(partitions, definition.totals.size(), options, stored->keys);
  SALESTREAM_TRY(PartitionReaders(reader, partitions).read(options.workers, options.on_progress));
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
  KeyComparison comparison({definition, stored->partitions, std::move(look_again),
                            [&](std::vector<KeyAudit>& keys) -> base::Status {
                              SALESTREAM_ASSIGN(const auto gone,
                                                recount(reader, stored->partitions, options.workers, keys));
                              for (PartitionReport& each : report.partitions)
                                each.is_gone_meanwhile = each.is_gone_meanwhile || gone.contains(each.partition);
                              return {};
                            },
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
