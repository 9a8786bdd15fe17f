// SPDX-License-Identifier: Apache-2.0
// The cells that a worker has in memory: a write-back cache over the store's. A cell that is changed, or whose totals
// row is to be rewritten, stays until a flush has put it into the store; beyond the limit the others leave, the least
// used first (CLOCK). Owned by one worker, called on its thread; see take_changes() for what a flush may read
// meanwhile.
#pragma once

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/cell.h"
#include "core/order.h"
#include "engine/evicted_cells.h"
#include "store/store.h"

namespace salestream::engine {

// What a flush is to write of one cell. The key lives in the cache, where the cell stays pinned until the flush ended.
struct CellChange {
  store::TableIndex table = 0;
  core::PartitionId partition = 0;
  std::string_view key;
  core::Cell cell;
  bool is_dirty = false;  // false: only its totals row is to be rewritten
};

class CellCache {
 public:
  using Slot = std::uint32_t;

  explicit CellCache(std::int64_t limit_bytes);

  // The cell's place; a cell that was not there is added, to be loaded before it is folded into.
  Slot find_or_add(store::TableIndex table, core::PartitionId partition, std::string_view key);

  // Cells that were added and not loaded yet.
  const std::vector<Slot>& unloaded() const { return unloaded_; }
  store::TableIndex table_of(Slot slot) const { return at(slot).table; }
  core::PartitionId partition_of(Slot slot) const { return at(slot).partition; }
  std::string_view key_of(Slot slot) const { return at(slot).key; }
  // The cell as the store has it (a default one where it has none): its `applied_through` is the replay guard from now
  // on.
  void set_loaded(Slot slot, const core::Cell& cell);
  void all_loaded() { unloaded_.clear(); }

  // Every message of this partition, from the first that it has, is folded into this cache. So a cell that never
  // left it is complete, whatever the store has of it: an earlier run that ended before its first progress may have
  // left a cell, which is the same sum at some later or earlier offset.
  void set_read_from_start(core::PartitionId partition) { read_from_start_.insert(partition); }
  // Whether a cell that was just added begins empty, and is not to be looked for in the store.
  bool begins_empty(Slot slot) const {
    return read_from_start_.contains(partition_of(slot)) && !evicted_.may_contain(hash_of(slot));
  }

  // Adds a line item of the message at `offset`, of an order (`sign` is 1) or of a state of one that is no more (-1;
  // a message has its line items of either together). A message that the loaded cell already has changes nothing, but
  // marks the totals row for rewriting: the crash that made us read it again may have come between the two. False: the
  // sum does not fit; nothing was changed.
  bool fold(Slot slot, core::Offset offset, const core::LineItem& item, std::int8_t sign = 1);

  // Everything changed since the last call, pinned until changes_stored(). At most one set of changes is out.
  std::vector<CellChange> take_changes();
  void changes_stored();

  // Of so many cells at most the table and the key, in no order.
  template <typename Visit>
  void visit(std::size_t most, const Visit& visit) const {
    for (const Slot slot : index_) {
      if (most-- == 0) return;
      visit(at(slot).table, std::string_view(at(slot).key));
    }
  }

  std::size_t changed_cells() const { return changed_.size(); }
  std::size_t cells() const { return index_.size(); }
  // All that they take, the room of cells that have left included.
  std::int64_t bytes() const { return used_bytes_ + free_bytes(); }
  std::int64_t limit_bytes() const { return limit_bytes_; }
  std::int64_t evictions() const { return evictions_; }  // ever

  // Brings bytes() down to the limit as far as unpinned cells allow. Invalidates their slots. Cells that wait for being
  // loaded stay: the store may be unavailable while a flush that it still took ends.
  void evict();

  // Forgets all, pinned or not: the partitions are not ours any more.
  void clear();

 private:
  struct Entry {
    std::string key;
    core::Cell cell;
    core::Offset replay_guard = core::kNothingYet;  // the `applied_through` it was loaded with: see is_replayed()
    core::PartitionId partition = 0;
    store::TableIndex table = 0;
    std::int8_t last_sign = 1;  // of the last line item
    bool is_used = false;       // it is no free slot
    bool is_loaded = false;
    bool is_dirty = false;     // the cell is newer than the store's
    bool is_changed = false;   // it stands in changed_
    bool is_pinned = false;    // it stands in pinned_
    bool was_touched = false;  // since the clock's hand passed

    // The replay guard. The message at `offset` is in the cell already, and is read once more: after a crash, or since
    // the partition changed hands before progress was in the store.
    bool is_replayed(core::Offset offset) const { return offset <= replay_guard; }
    // Nobody refers to it: it may leave, and be somewhere else.
    bool is_movable() const { return is_loaded && !is_changed && !is_pinned; }
  };
  struct Identity {
    store::TableIndex table;
    core::PartitionId partition;
    std::string_view key;
  };
  struct Hash {
    using is_transparent = void;
    const CellCache* cache;
    std::size_t operator()(Slot slot) const { return (*this)(cache->identity_of(slot)); }
    std::size_t operator()(const Identity& id) const;
  };
  struct Equal {
    using is_transparent = void;
    const CellCache* cache;
    bool operator()(Slot a, Slot b) const { return a == b; }
    bool operator()(Slot a, const Identity& b) const { return same(cache->identity_of(a), b); }
    bool operator()(const Identity& a, Slot b) const { return same(cache->identity_of(b), a); }
    static bool same(const Identity& a, const Identity& b) {
      return a.table == b.table && a.partition == b.partition && a.key == b.key;
    }
  };

  // In pieces that never move: keys are referred to while flushes run, and growing copies nothing. A piece without
  // cells is given back.
  static constexpr std::size_t kEntriesPerPiece = 128;
  using Piece = std::unique_ptr<Entry[]>;
  Entry& at(Slot slot) { return pieces_[slot / kEntriesPerPiece][slot % kEntriesPerPiece]; }
  const Entry& at(Slot slot) const { return pieces_[slot / kEntriesPerPiece][slot % kEntriesPerPiece]; }
  Identity identity_of(Slot slot) const {
    const Entry& entry = at(slot);
    return {entry.table, entry.partition, entry.key};
  }
  std::uint64_t hash_of(Slot slot) const { return index_.hash_function()(slot); }
  static std::int64_t bytes_of(const Entry& entry);
  void mark_changed(Slot slot, Entry& entry);
  Slot take_free_slot();
  void leave(Slot slot);
  // Less than a piece is nothing that could be given back.
  std::int64_t free_bytes() const {
    return static_cast<std::int64_t>((free_.size() - std::min(free_.size(), kEntriesPerPiece)) * sizeof(Entry));
  }
  std::int64_t most_free_bytes() const { return limit_bytes_ / 16; }
  void give_back_pieces();
  void move_cell(Slot from);

  const std::int64_t limit_bytes_;
  std::int64_t used_bytes_ = 0;
  std::int64_t evictions_ = 0;
  std::vector<Piece> pieces_;                // nullptr: it was given back
  std::vector<std::size_t> missing_pieces_;  // these
  std::vector<Slot> free_;
  std::size_t free_left_ = 0;  // the last time that pieces were given back, and until the next flush ends
  absl::flat_hash_set<Slot, Hash, Equal> index_;
  std::vector<Slot> unloaded_;
  std::vector<Slot> changed_;
  std::vector<Slot> pinned_;
  Slot hand_ = 0;
  std::set<core::PartitionId> read_from_start_;
  // At the default limit 2 MiB: a million cells that have left.
  EvictedCells evicted_{limit_bytes_ / 16};
};

}  // namespace salestream::engine
