// SPDX-License-Identifier: Apache-2.0
#include "audit/key_records.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <type_traits>
#include <utility>

namespace salestream::audit {
namespace {

// A record's place. The key stands behind its hash and its length: then records of one key stand together, and few
// comparisons go further than the hash. Within the key: the row, then by partition the cell and what was counted, by
// offset. What can't be read comes behind its row, with the partition that a row has, or behind its cell.
//   table 1 | hash 8 | length of the key 4 | key | partition 4 | kind 1 | first offset 8
enum class RecordKind : char { kRow, kCell, kUnreadable, kCounted };
constexpr core::PartitionId kOfRow = std::numeric_limits<core::PartitionId>::min();
constexpr std::size_t kBeforeKey = 1 + 8 + 4, kOffset = 8, kAfterKey = 4 + 1 + kOffset;

// On disk there are at most so many times as many records as there must be, before they are folded.
constexpr std::int64_t kMostTimesFolded = 2;

// Bytes that are in the order of the numbers.
template <typename Number>
void append_ordered(std::string& to, Number number) {
  auto bits = static_cast<std::make_unsigned_t<Number>>(number);
  if constexpr (std::is_signed_v<Number>) bits ^= std::make_unsigned_t<Number>{1} << (8 * sizeof bits - 1);
  for (std::size_t i = sizeof bits; i-- > 0;) to += static_cast<char>(bits >> (8 * i));
}

template <typename Number>
Number ordered_at(std::string_view bytes) {
  std::make_unsigned_t<Number> bits = 0;
  for (std::size_t i = 0; i < sizeof bits; ++i)
    bits = static_cast<decltype(bits)>(bits << 8 | static_cast<unsigned char>(bytes[i]));
  if constexpr (std::is_signed_v<Number>) bits ^= std::make_unsigned_t<Number>{1} << (8 * sizeof bits - 1);
  return static_cast<Number>(bits);
}

void set_place(std::string& place, store::TableIndex table, std::string_view key, core::PartitionId partition,
               RecordKind kind, core::Offset first_offset) {
  place.clear();
  place += static_cast<char>(table);
  append_ordered(place, static_cast<std::uint64_t>(std::hash<std::string_view>()(key)));
  append_ordered(place, static_cast<std::uint32_t>(key.size()));
  place += key;
  append_ordered(place, partition);
  place += static_cast<char>(kind);
  append_ordered(place, first_offset);
}

std::string_view key_part(std::string_view place) { return place.substr(0, place.size() - kAfterKey); }
std::string_view after_key(std::string_view place) { return place.substr(place.size() - kAfterKey); }
core::PartitionId partition_at(std::string_view place) { return ordered_at<core::PartitionId>(after_key(place)); }
RecordKind kind_at(std::string_view place) {
  return static_cast<RecordKind>(after_key(place)[sizeof(core::PartitionId)]);
}

store::Unreadable unreadable_at(std::string_view value) {
  const std::size_t column_end = value.find('\0');
  return {std::string(value.substr(0, column_end)), std::string(value.substr(column_end + 1))};
}

struct StoredPart {
  Sums sums;
  core::Offset applied_through = core::kNothingYet;
};

// False: the sum does not fit.
bool add_part(CellAudit& cell, const CountedPart& part) {
  if (part.is_due) cell.last_due = part.last_offset;
  if (cell.knows_its_last() && part.last_offset > cell.applied_through) {
    cell.is_to_be_recounted = cell.is_to_be_recounted || part.first_offset <= cell.applied_through;
    return true;
  }
  if (!cell.knows_its_last() && !part.is_due) return true;
  cell.last_counted = part.last_offset;
  return add_to(cell.counted, part.sums);
}

// Parts of one cell are one, as they would be with more memory, where they are certain to be in the store. Of what is
// not, each message stays by itself: which of them the cell has is seen later.
bool fold_parts(const base::SortedRecord& a, const base::SortedRecord& b, std::string& value) {
  const auto cell_of = [](std::string_view place) { return place.substr(0, place.size() - kOffset); };
  if (kind_at(a.key) != RecordKind::kCounted || cell_of(a.key) != cell_of(b.key)) return false;
  auto part = base::value_of<CountedPart>(a.value);
  const auto next = base::value_of<CountedPart>(b.value);
  // A sum that does not fit is said to be so when it is added up at last.
  if (!part.is_due || !next.is_due || !add_to(part.sums, next.sums)) return false;
  part.last_offset = next.last_offset;
  value = base::bytes_of(part);
  return true;
}

}  // namespace

const store::Unreadable* KeyAudit::unreadable_of(std::optional<core::PartitionId> partition) const {
  for (const UnreadablePart& part : unreadable)
    if (part.partition == partition) return &part.what;
  return nullptr;
}

KeyRecords::KeyRecords(std::size_t memory_bytes) : sorter_(memory_bytes, fold_parts) {}

base::Status KeyRecords::add(std::string_view value) { return sorter_.add(sort_key_, value); }

base::Status KeyRecords::add_row(store::TableIndex table, const store::StoredTotals& row) {
  const base::MutexLock lock(mutex_);
  if (row.unreadable) SALESTREAM_TRY(add_unreadable(table, row.key, kOfRow, *row.unreadable));
  set_place(sort_key_, table, row.key, kOfRow, RecordKind::kRow, 0);
  ++stored_records_;
  return add(base::bytes_of(sums_of(row.measures)));
}

base::Status KeyRecords::add_unreadable(store::TableIndex table, std::string_view key, core::PartitionId partition,
                                        const store::Unreadable& what) {
  set_place(sort_key_, table, key, partition, RecordKind::kUnreadable, 0);
  ++stored_records_;
  return add(what.column + '\0' + what.found);
}

base::Status KeyRecords::add_cell(store::TableIndex table, const store::StoredCell& cell) {
  const StoredPart stored{sums_of(cell.cell.measures), cell.cell.applied_through};
  const base::MutexLock lock(mutex_);
  if (cell.unreadable) SALESTREAM_TRY(add_unreadable(table, cell.key, cell.partition, *cell.unreadable));
  set_place(sort_key_, table, cell.key, cell.partition, RecordKind::kCell, 0);
  ++stored_records_;
  return add(base::bytes_of(stored));
}

base::Status KeyRecords::add_counted(store::TableIndex table, core::PartitionId partition, std::string_view key,
                                     const CountedPart& part) {
  const base::MutexLock lock(mutex_);
  set_place(sort_key_, table, key, partition, RecordKind::kCounted, part.first_offset);
  SALESTREAM_TRY(add(base::bytes_of(part)));
  return fold_when_due();
}

// Where keys are many and come in turn, memory has no room for their sums, and each part is a message or two. Between
// two times at least as much is added as there is left of the first, so all of it is read and written a few times only.
base::Status KeyRecords::fold_when_due() {
  if (sorter_.records_in_files() <= kMostTimesFolded * std::max(stored_records_, folded_records_)) return {};
  SALESTREAM_TRY(sorter_.fold_files());
  folded_records_ = sorter_.records_in_files();
  return {};
}

std::int64_t KeyRecords::records_on_disk() const {
  const base::MutexLock lock(mutex_);
  return sorter_.records_in_files();
}

base::Status KeyRecords::begin_reading() {
  SALESTREAM_TRY(sorter_.begin_reading());
  SALESTREAM_ASSIGN(has_record_, advance());
  return {};
}

base::Result<bool> KeyRecords::advance() { return sorter_.next(record_); }

base::Result<bool> KeyRecords::next(KeyAudit& key) {
  if (!has_record_) return false;
  const std::string place(key_part(record_.key));
  key = {};
  key.table = static_cast<unsigned char>(place[0]);
  key.key = place.substr(kBeforeKey);
  while (has_record_ && key_part(record_.key) == place) {
    if (partition_at(record_.key) != kOfRow) {
      SALESTREAM_TRY(take_partition(key));
      continue;
    }
    if (kind_at(record_.key) == RecordKind::kRow)
      key.row = base::value_of<Sums>(record_.value);
    else
      key.unreadable.push_back({std::nullopt, unreadable_at(record_.value)});
    SALESTREAM_ASSIGN(has_record_, advance());
  }
  return true;
}

// All records of one partition.
base::Status KeyRecords::take_partition(KeyAudit& key) {
  const std::string place(key_part(record_.key));
  CellAudit cell;
  cell.partition = partition_at(record_.key);
  while (has_record_ && key_part(record_.key) == place && partition_at(record_.key) == cell.partition) {
    if (kind_at(record_.key) == RecordKind::kCell) {
      const auto stored = base::value_of<StoredPart>(record_.value);
      cell.is_stored = true;
      cell.stored = stored.sums;
      cell.applied_through = stored.applied_through;
    } else if (kind_at(record_.key) == RecordKind::kUnreadable) {
      cell.is_unreadable = true;
      key.unreadable.push_back({cell.partition, unreadable_at(record_.value)});
    } else if (const auto part = base::value_of<CountedPart>(record_.value); !add_part(cell, part)) {
      return does_not_fit(cell.partition, part.last_offset, key.key);
    }
    SALESTREAM_ASSIGN(has_record_, advance());
  }
  if (cell.is_stored || cell.last_due != core::kNothingYet) key.cells.push_back(cell);
  return {};
}

}  // namespace salestream::audit
