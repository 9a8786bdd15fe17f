// SPDX-License-Identifier: Apache-2.0
#include "engine/cell_cache.h"

#include <absl/hash/hash.h>

#include <algorithm>
#include <span>
#include <tuple>
#include <utility>

#include "base/allocated_bytes.h"
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
         (is_on_heap ? static_cast<std::int64_t>(base::allocated_bytes(entry.key.capacity() + 1)) : 0);
}

CellCache::Slot CellCache::take_free_slot() {
  if (free_.empty()) {
    std::size_t piece = pieces_.size();
    if (missing_pieces_.empty()) {
      pieces_.emplace_back();
    } else {
      piece = missing_pieces_.back();
      missing_pieces_.pop_back();
    }
    pieces_[piece] = std::make_unique<Entry[]>(kEntriesPerPiece);
    for (std::size_t i = kEntriesPerPiece; i > 0; --i)
      free_.push_back(static_cast<Slot>(piece * kEntriesPerPiece + i - 1));
  }
  const Slot slot = free_.back();
  free_.pop_back();
  return slot;
}

CellCache::Slot CellCache::find_or_add(store::TableIndex table, core::PartitionId partition, std::string_view key) {
  const Identity id{table, partition, key};
  if (const auto found = index_.find(id); found != index_.end()) {
    at(*found).was_touched = true;
    return *found;
  }
  const Slot slot = take_free_slot();
  Entry& entry = at(slot);
  entry.key = std::string(key);
  entry.table = table;
  entry.partition = partition;
  entry.is_used = true;
  entry.was_touched = true;
  index_.insert(slot);
  used_bytes_ += bytes_of(entry);
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

bool CellCache::fold(Slot slot, core::Offset offset, const core::LineItem& item, std::int8_t sign) {
  Entry& entry = at(slot);
  SALESTREAM_CHECK(entry.is_loaded);
  if (entry.is_replayed(offset)) {
    mark_changed(slot, entry);
    return true;
  }
  core::Cell& cell = entry.cell;
  // A second line item of the same order does not make a second order.
  const bool is_first_of_order = offset > cell.applied_through || sign != entry.last_sign;
  const auto sum = core::add(cell.measures, {item.revenue, item.quantity, is_first_of_order ? sign : 0});
  if (!sum) return false;
  entry.last_sign = sign;
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
  free_left_ = 0;
}

void CellCache::evict() {
  const std::size_t end = pieces_.size() * kEntriesPerPiece;
  // Two rounds of the hand at the most: the first may only find cells that were touched.
  for (std::size_t steps = 2 * end; used_bytes_ > limit_bytes_ - most_free_bytes() && steps > 0; --steps) {
    if (hand_ >= end) hand_ = 0;
    const Slot slot = hand_++;
    if (pieces_[slot / kEntriesPerPiece] == nullptr) continue;
    Entry& entry = at(slot);
    if (!entry.is_used || !entry.is_movable()) continue;
    if (entry.was_touched) {
      entry.was_touched = false;
      continue;
    }
    if (!read_from_start_.empty()) evicted_.add(hash_of(slot));
    leave(slot);
    ++evictions_;
  }
  // Not again and again while cells that can't be moved keep their pieces.
  if (free_bytes() > most_free_bytes() && free_.size() > 2 * free_left_) give_back_pieces();
}

void CellCache::leave(Slot slot) {
  Entry& entry = at(slot);
  index_.erase(slot);
  used_bytes_ -= bytes_of(entry);
  std::string().swap(entry.key);  // an assigned empty one would leave the memory of the key where it is
  entry = Entry{};
  free_.push_back(slot);
}

// What had many short keys may have a few long ones now: most of the entries are free then, and their memory is wanted
// for the keys. Cells move out of the pieces that have the fewest.
void CellCache::give_back_pieces() {
  struct Filling {
    std::size_t piece = 0, used = 0;
    bool stays = false;  // it has a cell that can't be moved
  };
  std::vector<Filling> fillings;
  for (std::size_t piece = 0; piece < pieces_.size(); ++piece) {
    if (pieces_[piece] == nullptr) continue;
    Filling& filling = fillings.emplace_back(Filling{.piece = piece});
    for (const Entry& entry : std::span(pieces_[piece].get(), kEntriesPerPiece)) {
      filling.used += entry.is_used ? 1 : 0;
      filling.stays = filling.stays || (entry.is_used && !entry.is_movable());
    }
  }
  std::sort(fillings.begin(), fillings.end(),
            [](const Filling& a, const Filling& b) { return std::tie(a.stays, a.used) > std::tie(b.stays, b.used); });
  // As many pieces as all cells need, the fullest, and those that stay.
  std::size_t kept = 0;
  for (std::size_t room = 0; kept < fillings.size() && (room < index_.size() || fillings[kept].stays); ++kept)
    room += kEntriesPerPiece;
  free_.clear();
  for (const Filling& filling : std::span(fillings).first(kept))
    for (std::size_t i = 0; i < kEntriesPerPiece; ++i)
      if (const auto slot = static_cast<Slot>(filling.piece * kEntriesPerPiece + i); !at(slot).is_used)
        free_.push_back(slot);
  for (const Filling& filling : std::span(fillings).subspan(kept)) {
    for (std::size_t i = 0; i < kEntriesPerPiece; ++i)
      if (const auto slot = static_cast<Slot>(filling.piece * kEntriesPerPiece + i); at(slot).is_used) move_cell(slot);
    pieces_[filling.piece].reset();
    missing_pieces_.push_back(filling.piece);
  }
  free_left_ = free_.size();
}

void CellCache::move_cell(Slot from) {
  const Slot to = free_.back();
  free_.pop_back();
  index_.erase(from);
  at(to) = std::move(at(from));
  index_.insert(to);
}

void CellCache::clear() {
  index_.clear();
  pieces_.clear();
  free_.clear();
  unloaded_.clear();
  changed_.clear();
  pinned_.clear();
  missing_pieces_.clear();
  free_left_ = 0;
  hand_ = 0;
  used_bytes_ = 0;
  read_from_start_.clear();
  evicted_.clear();
}

}  // namespace salestream::engine
