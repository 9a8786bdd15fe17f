// SPDX-License-Identifier: Apache-2.0
#include "engine/cell_cache.h"

#include <absl/hash/hash.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace salestream::engine {
namespace {

core::LineItem item(std::int64_t quantity, std::int64_t revenue) {
  return {"", core::Decimal::from_integer(quantity), core::Decimal::from_integer(revenue)};
}

CellCache::Slot loaded(CellCache& cache, std::string_view key, const core::Cell& cell = {},
                       core::PartitionId partition = 0) {
  const CellCache::Slot slot = cache.find_or_add(0, partition, key);
  if (!cache.unloaded().empty()) {
    cache.set_loaded(slot, cell);
    cache.all_loaded();
  }
  return slot;
}

core::Cell cell_through(core::Offset through) {
  core::Cell cell;
  cell.measures = {core::Decimal::from_integer(100), core::Decimal::from_integer(10), 5};
  cell.applied_through = through;
  return cell;
}

TEST(CellCache, FoldsLineItems) {
  CellCache cache(1 << 20);
  const auto slot = loaded(cache, "Mouse");
  EXPECT_TRUE(cache.fold(slot, 3, item(2, 20)));
  EXPECT_TRUE(cache.fold(slot, 3, item(1, 10)));  // the same order
  EXPECT_TRUE(cache.fold(slot, 4, item(1, 10)));
  const auto changes = cache.take_changes();
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_TRUE(changes[0].is_dirty);
  EXPECT_EQ(changes[0].key, "Mouse");
  EXPECT_EQ(changes[0].cell.applied_through, 4);
  EXPECT_EQ(changes[0].cell.measures,
            (core::Measures{core::Decimal::from_integer(40), core::Decimal::from_integer(4), 2}));
}

TEST(CellCache, FoldsWhatAnOrderWasAndWhatItIs) {
  CellCache cache(1 << 20);
  const auto slot = loaded(cache, "Mouse", cell_through(7));
  const auto orders = [&] {
    const auto changes = cache.take_changes();
    cache.changes_stored();
    return changes.at(0).cell.measures.orders;
  };
  // Two line items of the state that is no more, and three of the one that is.
  for (const std::int8_t sign : {-1, -1, 1, 1, 1}) EXPECT_TRUE(cache.fold(slot, 8, item(sign, sign), sign));
  EXPECT_EQ(orders(), 5);
  EXPECT_TRUE(cache.fold(slot, 9, item(-1, -1), -1));
  EXPECT_EQ(orders(), 4) << "a deleted one";
  EXPECT_TRUE(cache.fold(slot, 10, item(-1, -1), -1));
  EXPECT_EQ(orders(), 3) << "another message, of the same sign";
  EXPECT_TRUE(cache.fold(slot, 11, item(1, 1), 1));
  EXPECT_EQ(orders(), 4);
}

TEST(CellCache, AMessageThatTheLoadedCellHasOnlyMarksTheTotal) {
  CellCache cache(1 << 20);
  const auto slot = loaded(cache, "Mouse", cell_through(7));
  EXPECT_TRUE(cache.fold(slot, 6, item(1, 1)));
  EXPECT_TRUE(cache.fold(slot, 7, item(1, 1)));
  auto changes = cache.take_changes();
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_FALSE(changes[0].is_dirty);
  EXPECT_EQ(changes[0].cell, cell_through(7));
  cache.changes_stored();
  EXPECT_TRUE(cache.fold(slot, 8, item(1, 1)));
  changes = cache.take_changes();
  EXPECT_TRUE(changes.at(0).is_dirty);
  EXPECT_EQ(changes[0].cell.measures.orders, 6);
}

TEST(CellCache, KeepsTablesAndPartitionsApart) {
  CellCache cache(1 << 20);
  const auto a = cache.find_or_add(0, 0, "Mouse");
  EXPECT_NE(a, cache.find_or_add(0, 1, "Mouse"));
  EXPECT_NE(a, cache.find_or_add(1, 0, "Mouse"));
  EXPECT_EQ(a, cache.find_or_add(0, 0, "Mouse"));
  EXPECT_EQ(cache.unloaded().size(), 3U);
}

TEST(CellCache, OverflowChangesNothing) {
  CellCache cache(1 << 20);
  core::Cell huge;
  huge.measures.revenue = core::Decimal::from_scaled(~(static_cast<__int128>(1) << 127));
  const auto slot = loaded(cache, "Mouse", huge);
  EXPECT_FALSE(cache.fold(slot, 1, item(1, 1)));
  EXPECT_EQ(cache.changed_cells(), 0U);
}

TEST(CellCache, EvictsOnlyWhatTheStoreHas) {
  CellCache cache(50'000);
  for (int i = 0; i < 5000; ++i) loaded(cache, "clean " + std::to_string(i), cell_through(1));
  const auto dirty = loaded(cache, "dirty");
  EXPECT_TRUE(cache.fold(dirty, 1, item(1, 1)));
  const auto pinned = cache.take_changes();
  const auto changed = loaded(cache, "changed");
  EXPECT_TRUE(cache.fold(changed, 2, item(1, 1)));
  cache.evict();
  EXPECT_LE(cache.bytes(), cache.limit_bytes());
  EXPECT_EQ(cache.find_or_add(0, 0, "dirty"), dirty);
  EXPECT_EQ(cache.find_or_add(0, 0, "changed"), changed);
  EXPECT_TRUE(cache.unloaded().empty());
  EXPECT_EQ(pinned.at(0).key, "dirty");
  // What was evicted is a miss, and nothing else.
  cache.find_or_add(0, 0, "clean 0");
  EXPECT_EQ(cache.unloaded().size(), 1U);
}

TEST(CellCache, OnlyCellsThatLeftMemoryAreLookedForWhereALogIsReadFromItsStart) {
  CellCache cache(50'000);
  EXPECT_FALSE(cache.begins_empty(cache.find_or_add(0, 0, "of a partition that was resumed")));
  cache.set_read_from_start(1);
  const auto add = [&](int i) {
    const auto slot = cache.find_or_add(0, 1, "product " + std::to_string(i));
    return cache.begins_empty(slot);
  };
  for (int i = 0; i < 5000; ++i) EXPECT_TRUE(add(i));
  for (const auto slot : std::vector(cache.unloaded())) cache.set_loaded(slot, cell_through(1));
  cache.all_loaded();
  cache.evict();
  ASSERT_LT(cache.cells(), 1000U);
  for (int i = 0; i < 5000; ++i) add(i);
  EXPECT_GT(cache.unloaded().size(), 4000U);
  for (const auto slot : cache.unloaded()) EXPECT_FALSE(cache.begins_empty(slot));
  cache.clear();
  EXPECT_FALSE(cache.begins_empty(cache.find_or_add(0, 1, "product 1"))) << "assigned again, maybe with progress";
}

// A key of 32 KiB takes 40 of the allocator's; and what held many short keys is given back for a few long ones.
TEST(CellCache, LongKeysInThePlaceOfShortOnesTakeNoMoreThanTheLimit) {
  constexpr std::int64_t kLimitBytes = 4 << 20;
  CellCache cache(kLimitBytes);
  const auto fill = [&](int count, std::size_t key_bytes) {
    for (int i = 0; i < count; ++i) {
      std::string key = std::to_string(i);
      key.resize(std::max(key.size(), key_bytes), 'x');
      loaded(cache, key, cell_through(1));
      if (i % 100 == 0) cache.evict();
      ASSERT_LE(cache.bytes(), kLimitBytes + 100 * 48 * 1024);
    }
    cache.evict();
  };
  fill(100'000, 1);
  const std::size_t short_keys = cache.cells();
  EXPECT_GT(short_keys, 25'000U);
  EXPECT_LE(cache.bytes(), kLimitBytes);
  fill(1'000, core::kMaxKeyBytes);
  EXPECT_LE(cache.bytes(), kLimitBytes);
  EXPECT_LE(cache.cells() * 40 * 1024, static_cast<std::size_t>(kLimitBytes))
      << "as if they took no more than they have";
  EXPECT_GT(cache.cells() * 40 * 1024, static_cast<std::size_t>(kLimitBytes) / 4 * 3)
      << "what short keys took is theirs";
  fill(100'000, 1);
  EXPECT_GT(cache.cells(), short_keys / 10 * 9);
}

TEST(CellCache, CellsThatMoveAreFoundAndThoseThatAFlushReadsStay) {
  CellCache cache(1 << 20);
  std::vector<CellChange> pinned;
  for (int i = 0; i < 8'000; ++i) {
    const auto slot = loaded(cache, "key " + std::to_string(i), cell_through(i));
    if (i % 1000 == 0) {
      EXPECT_TRUE(cache.fold(slot, i + 1, item(1, 1)));
    }
  }
  pinned = cache.take_changes();
  ASSERT_EQ(pinned.size(), 8U);
  for (int i = 0; i < 100; ++i) loaded(cache, std::to_string(i) + std::string(30'000, 'x'), cell_through(i));
  cache.evict();
  EXPECT_LE(cache.bytes(), cache.limit_bytes() / 4 * 5) << "eight pieces stay, for a key each";
  for (std::size_t i = 0; i < pinned.size(); ++i) EXPECT_EQ(pinned[i].key, "key " + std::to_string(i * 1000));
  const std::size_t cells = cache.cells();
  std::size_t found = 0;
  for (int i = 0; i < 100; ++i) {
    const auto before = cache.cells();
    const auto slot = cache.find_or_add(0, 0, std::to_string(i) + std::string(30'000, 'x'));
    if (cache.cells() != before) continue;
    ++found;
    EXPECT_EQ(cache.key_of(slot), std::to_string(i) + std::string(30'000, 'x'));
  }
  EXPECT_GT(found, 0U);
  EXPECT_LE(found, cells);
  for (const auto slot : std::vector(cache.unloaded())) cache.set_loaded(slot, {});
  cache.all_loaded();
  cache.changes_stored();
  cache.evict();
  EXPECT_LE(cache.bytes(), cache.limit_bytes());
}

TEST(EvictedCells, NeverForgetsAndIsSeldomMistaken) {
  EvictedCells evicted(2 << 20);
  const auto hash = [](int i) { return static_cast<std::uint64_t>(absl::HashOf(i)); };
  EXPECT_FALSE(evicted.may_contain(hash(1)));
  for (int i = 0; i < 1'000'000; ++i) evicted.add(hash(i));
  int mistaken = 0;
  for (int i = 0; i < 1'000'000; ++i) ASSERT_TRUE(evicted.may_contain(hash(i)));
  for (int i = 1'000'000; i < 1'100'000; ++i) mistaken += evicted.may_contain(hash(i)) ? 1 : 0;
  EXPECT_LT(mistaken, 500);
}

TEST(CellCache, KeysStayWhereTheyAreWhileAFlushReadsThem) {
  CellCache cache(1 << 30);
  const std::string key = "a key that does not fit into a string's own buffer";
  cache.fold(loaded(cache, key), 1, item(1, 1));
  const auto changes = cache.take_changes();
  for (int i = 0; i < 20'000; ++i) loaded(cache, "other " + std::to_string(i));
  EXPECT_EQ(changes.at(0).key, key);
}

TEST(CellCache, ClearForgetsEverything) {
  CellCache cache(1 << 20);
  cache.fold(loaded(cache, "Mouse"), 1, item(1, 1));
  (void)cache.take_changes();
  cache.clear();
  EXPECT_EQ(cache.cells(), 0U);
  EXPECT_EQ(cache.bytes(), 0);
  EXPECT_EQ(cache.changed_cells(), 0U);
  cache.find_or_add(0, 0, "Mouse");
  EXPECT_EQ(cache.unloaded().size(), 1U);
}

}  // namespace
}  // namespace salestream::engine
