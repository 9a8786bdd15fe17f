// SPDX-License-Identifier: Apache-2.0
// What store and source say of each key, put together by key however many keys there are: everything is added in any
// order, sorted, on disk where memory has no room for it, and then read key by key. What is on disk grows with rows and
// cells, not with what is counted. Adding: any thread; reading: one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/sums.h"
#include "base/external_sorter.h"
#include "base/mutex.h"
#include "base/result.h"
#include "core/cell.h"
#include "store/store.h"

namespace salestream::audit {

// What some messages of a partition, one after the other, add to a cell.
struct CountedPart {
  core::Offset first_offset = core::kNothingYet;
  core::Offset last_offset = core::kNothingYet;
  Sums sums;
  bool is_due = false;  // progress says that they are in the store; otherwise it is one message only
  // Of the last line item; nothing was added yet without it.
  std::optional<bool> is_last_subtracted = {};
};

// One cell as it is stored, and as it is counted again. What of the source belongs to a stored one, its
// `applied_through` says: all messages up to there. What belongs to one that is not there, or whose `applied_through`
// can't be read: everything that is said to be in the store.
struct CellAudit {
  core::PartitionId partition = 0;
  bool is_stored = false;
  Sums stored;
  core::Offset applied_through = core::kNothingYet;
  Sums counted;
  core::Offset last_counted = core::kNothingYet;
  bool is_last_subtracted = false;            // of its last line item
  core::Offset last_due = core::kNothingYet;  // the last message of the key that is said to be in the store
  // `applied_through` lies within what was counted together, so `counted` is not known yet.
  bool is_to_be_recounted = false;
  // Nor can it be known any more: messages were gone before they were read for a second time.
  bool is_unknown = false;
  bool is_unreadable = false;  // then nothing is known of `stored`

  // Whether `applied_through` says anything: what can't be read stays as it was.
  bool knows_its_last() const { return is_stored && !(is_unreadable && applied_through == core::kNothingYet); }
};

// What of a key can't be read: of its row, or of the cell of a partition.
struct UnreadablePart {
  std::optional<core::PartitionId> partition;
  store::Unreadable what;
};

// All that is known of a key.
struct KeyAudit {
  store::TableIndex table = 0;
  std::string key;
  std::optional<Sums> row;       // as stored; measures that the table doesn't have are zero
  std::vector<CellAudit> cells;  // by partition: those that are stored, or due
  std::vector<UnreadablePart> unreadable;

  // Nothing: the row, or this partition's cell, could be read.
  const store::Unreadable* unreadable_of(std::optional<core::PartitionId> partition) const;
  // But for what can't be read, which is rare.
  std::size_t bytes() const { return sizeof(KeyAudit) + key.capacity() + cells.capacity() * sizeof(CellAudit); }
};

class KeyRecords {
 public:
  explicit KeyRecords(std::size_t memory_bytes);

  base::Status add_row(store::TableIndex table, const store::StoredTotals& row);
  base::Status add_cell(store::TableIndex table, const store::StoredCell& cell);
  // Of one cell in the order of offsets, by one thread.
  base::Status add_counted(store::TableIndex table, core::PartitionId partition, std::string_view key,
                           const CountedPart& part);
  std::int64_t records_on_disk() const;

  // After all was added: by table. False: there are no more keys.
  base::Status begin_reading();
  base::Result<bool> next(KeyAudit& key);

 private:
  base::Status add_unreadable(store::TableIndex table, std::string_view key, core::PartitionId partition,
                              const store::Unreadable& what) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  base::Status add(std::string_view value) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  base::Status fold_when_due() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  base::Result<bool> advance();
  base::Status take_partition(KeyAudit& key);

  mutable base::Mutex mutex_;
  base::ExternalSorter sorter_;
  std::string sort_key_ ABSL_GUARDED_BY(mutex_);
  std::int64_t stored_records_ ABSL_GUARDED_BY(mutex_) = 0;  // rows and cells, which are never folded
  std::int64_t folded_records_ ABSL_GUARDED_BY(mutex_) = 0;  // on disk, when all there was folded last
  base::SortedRecord record_;                                // the next one that is read
  bool has_record_ = false;
};

}  // namespace salestream::audit
