// SPDX-License-Identifier: Apache-2.0
#include "engine/cell_cache.h"

#include <absl/hash/hash.h>

#include "base/check.h"

namespace salestream::engine {
namespace {

// What the index needs for an entry: a slot and a control byte, at its average load.
constexpr std::int64_t kIndexBytesPerEntry = 8;

}  // namespace

std::size_t CellCache::Hash::operator()(const Identity& id) const {
  return absl::HashOf(id.table, id.partition, id.key);
}

CellCache::CellCache(std::int64_t limit_bytes) : limit_bytes_(limit_bytes), index_(0, Hash{this}, Equal{this}) {}

std::int64_t CellCache::bytes_of(const Entry& entry) {
  const bool is_on_heap = entry.key.capacity() > 15;  // longer than std::string's own buffer
  return static_cast<std::int64_t>(sizeof(Entry)) + kIndexBytesPerEntry +
         (is_on_heap ? static_cast<std::int64_t>(entry.key.capacity()) + 1 : 0);
}

CellCache::Slot CellCache::find_or_add(store::TableIndex table, core::PartitionId partition, std::string_view key) {
  const Identity id{table, partition, key};
  if (const auto found = index_.find(id); found != index_.end()) {
    at(*found).was_touched = true;
    return *found;
  }
  Slot slot = end_;
  if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
  } else {
    if (end_ % kEntriesPerPiece == 0) pieces_.push_back(std::make_unique<Entry[]>(kEntriesPerPiece));
    ++end_;
  }
  Entry& entry = at(slot);
  entry.key = std::string(key);
  entry.table = table;
  entry.partition = partition;
  entry.is_used = true;
  entry.was_touched = true;
  index_.insert(slot);
  bytes_ += bytes_of(entry);
  unloaded_.push_back(slot);
  return slot;
}

void CellCache::set_loaded(Slot slot, const core::Cell& cell) {
  Entry& entry = at(slot);
  SALESTREAM_CHECK(!entry.is_loaded);
  entry.cell = cell;
  entry.replay_guard = cell.applied_through;
  entry.is_loaded = true;
}

bool CellCache::fold(Slot slot, core::Offset offset, const core::LineItem& item) {
  Entry& entry = at(slot);
  SALESTREAM_CHECK(entry.is_loaded);
  if (entry.is_replayed(offset)) {
    mark_changed(slot, entry);
    return true;
  }
  core::Cell& cell = entry.cell;
  // A second line item of the same order does not make a second order.
  const bool is_first_of_order = offset > cell.applied_through;
  const auto sum = core::add(cell.measures, {item.revenue, item.quantity, is_first_of_order ? 1 : 0});
  if (!sum) return false;
  cell.measures = *sum;
  cell.applied_through = offset;
  entry.is_dirty = true;
  mark_changed(slot, entry);
  return true;
}

void CellCache::mark_changed(Slot slot, Entry& entry) {
  if (entry.is_changed) return;
  entry.is_changed = true;
  changed_.push_back(slot);
}

std::vector<CellChange> CellCache::take_changes() {
  SALESTREAM_CHECK(pinned_.empty());
  std::vector<CellChange> changes;
  changes.reserve(changed_.size());
  for (const Slot slot : changed_) {
    Entry& entry = at(slot);
    changes.push_back({entry.table, entry.partition, entry.key, entry.cell, entry.is_dirty});
    entry.is_changed = false;
    entry.is_dirty = false;
    entry.is_pinned = true;
  }
  pinned_.swap(changed_);
  return changes;
}

void CellCache::changes_stored() {
  for (const Slot slot : pinned_) at(slot).is_pinned = false;
  pinned_.clear();
}

void CellCache::evict() {
  // Two rounds of the hand at the most: the first may only find cells that were touched.
  for (std::uint64_t steps = 2 * static_cast<std::uint64_t>(end_); bytes_ > limit_bytes_ && steps > 0; --steps) {
    if (hand_ >= end_) hand_ = 0;
    const Slot slot = hand_++;
    Entry& entry = at(slot);
    if (!entry.is_used || !entry.is_loaded || entry.is_changed || entry.is_pinned) continue;
    if (entry.was_touched) {
      entry.was_touched = false;
      continue;
    }
    if (!read_from_start_.empty()) evicted_.add(hash_of(slot));
    index_.erase(slot);
    bytes_ -= bytes_of(entry);
    entry = Entry{};
    free_.push_back(slot);
    ++evictions_;
  }
}

void CellCache::clear() {
  index_.clear();
  pieces_.clear();
  free_.clear();
  unloaded_.clear();
  changed_.clear();
  pinned_.clear();
  end_ = 0;
  hand_ = 0;
  bytes_ = 0;
  read_from_start_.clear();
  evicted_.clear();
}

}  // namespace salestream::engine
