// SPDX-License-Identifier: Apache-2.0
#include "engine/cardinality.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace salestream::engine {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

core::Definition two_tables() {
  core::Definition d;
  d.totals = {{"products", {core::Dimension::kProduct}, {}},
              {"clients", {core::Dimension::kProduct, core::Dimension::kClient}, {}}};
  return d;
}

void add(CellCache& cells, store::TableIndex table, const std::string& key) {
  const CellCache::Slot slot = cells.find_or_add(table, 0, key);
  if (!cells.unloaded().empty()) cells.set_loaded(slot, {});
  cells.all_loaded();
}

TEST(Cardinality, NamesTheTableAndTheFieldThatHaveSoManyValues) {
  CellCache cells(1 << 16);
  for (int i = 0; i < 10'000; ++i) {
    add(cells, 0, "product " + std::to_string(i % 10));
    add(cells, 1, core::make_key({"product " + std::to_string(i % 10), "client " + std::to_string(i)}));
    if (i % 50 == 0) cells.evict();
  }
  cells.evict();
  EXPECT_TRUE(outgrows_memory(cells));
  const auto said = describe_cardinality(two_tables(), cells);
  EXPECT_THAT(said, Optional(HasSubstr("Table clients has most of them, by client: ")));
  EXPECT_THAT(said, Optional(HasSubstr("or a table without client")));
}

TEST(Cardinality, SaysNothingOfWhatThereIsRoomFor) {
  CellCache cells(1 << 20);
  EXPECT_FALSE(outgrows_memory(cells));
  EXPECT_EQ(describe_cardinality(two_tables(), cells), std::nullopt);
  for (int i = 0; i < 1'000; ++i) add(cells, 0, "product " + std::to_string(i));
  cells.evict();
  EXPECT_FALSE(outgrows_memory(cells));
}

}  // namespace
}  // namespace salestream::engine
