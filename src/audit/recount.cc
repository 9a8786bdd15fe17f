// SPDX-License-Identifier: Apache-2.0
#include "audit/recount.h"

#include <map>
#include <memory>
#include <utility>

#include "audit/item_counter.h"
#include "audit/partition_audit.h"
#include "audit/partition_readers.h"

namespace salestream::audit {
namespace {

using CellsByPartition = std::map<core::PartitionId, std::vector<std::pair<const KeyAudit*, CellAudit*>>>;

CellsByPartition cells_to_recount(std::vector<KeyAudit>& keys) {
  CellsByPartition cells;
  for (KeyAudit& key : keys)
    for (CellAudit& cell : key.cells)
      if (cell.is_to_be_recounted) cells[cell.partition].emplace_back(&key, &cell);
  return cells;
}

// Those that have lost their first messages since, as retention takes them away.
base::Result<std::set<core::PartitionId>> expired_since(Reader& reader, const Partitions& partitions,
                                                        const CellsByPartition& cells) {
  std::set<core::PartitionId> expired;
  SALESTREAM_ASSIGN(const std::vector<PartitionRange> ranges, reader.ranges());
  for (const PartitionRange& range : ranges)
    if (cells.contains(range.partition) && range.begin > partitions.at(range.partition)->begin())
      expired.insert(range.partition);
  return expired;
}

// Reads those partitions again. Returns those that have fewer messages than the first time, as compaction makes it.
base::Result<std::set<core::PartitionId>> read_again(Reader& reader, const Partitions& partitions, int workers,
                                                     const CellsByPartition& cells) {
  std::vector<std::unique_ptr<PartitionAudit>> again;
  std::vector<PartitionAudit*> read;
  for (const auto& [id, of_partition] : cells) {
    auto counter = std::make_unique<CellCounter>(of_partition.front().first->table, id);
    for (const auto& [key, cell] : of_partition) counter->ask_for(key->key, *cell);
    read.push_back(again.emplace_back(partitions.at(id)->read_again(std::move(counter))).get());
  }
  SALESTREAM_TRY(PartitionReaders(reader, read).read(workers, {}));
  std::set<core::PartitionId> fewer;
  for (const PartitionAudit* each : read)
    if (each->messages_read() < partitions.at(each->id())->messages_read()) fewer.insert(each->id());
  return fewer;
}

}  // namespace

base::Result<std::set<core::PartitionId>> recount(Reader& reader, const Partitions& partitions, int workers,
                                                  std::vector<KeyAudit>& keys) {
  CellsByPartition cells = cells_to_recount(keys);
  std::set<core::PartitionId> gone;
  const auto leave_out = [&](const std::set<core::PartitionId>& more) {
    for (const core::PartitionId id : more) {
      for (const auto& [key, cell] : cells.at(id)) cell->is_unknown = true;
      cells.erase(id);
    }
    gone.insert(more.begin(), more.end());
  };
  // Each time there is a partition less to be read.
  while (!cells.empty()) {
    SALESTREAM_ASSIGN(const auto before, expired_since(reader, partitions, cells));
    leave_out(before);
    const auto fewer = read_again(reader, partitions, workers, cells);
    if (fewer.ok()) {
      leave_out(*fewer);
      break;
    }
    // Messages may have expired while they were read, too. Everything else is an error.
    SALESTREAM_ASSIGN(const auto meanwhile, expired_since(reader, partitions, cells));
    if (meanwhile.empty()) return fewer.error();
    leave_out(meanwhile);
  }
  return gone;
}

}  // namespace salestream::audit
