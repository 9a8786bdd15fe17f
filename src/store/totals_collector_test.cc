// SPDX-License-Identifier: Apache-2.0
#include "store/totals_collector.h"

#include <gtest/gtest.h>

namespace salestream::store {
namespace {

core::Measures of_orders(std::int64_t orders) {
  core::Measures measures;
  measures.orders = orders;
  return measures;
}

TEST(TotalsCollector, KeepsTheBestAndAsksForNoOtherKeys) {
  TotalsCollector collector(core::Measure::kOrders, {.rows = 2});
  int keys = 0;
  for (const auto& [name, orders] : {std::pair{"b", 2}, {"c", 3}, {"a", 2}, {"z", 1}, {"d", 2}})
    collector.add(of_orders(orders), [&, key = name] {
      ++keys;
      return std::string(key);
    });
  EXPECT_EQ(keys, 4);
  const TotalsPage page = collector.page();
  EXPECT_EQ(page.all_rows, 5);
  EXPECT_EQ(page.sum.value().orders, 10);
  ASSERT_EQ(page.rows.size(), 2U);
  EXPECT_EQ(page.rows[0].key, "c");
  EXPECT_EQ(page.rows[1].key, "a") << "the first by name of those with 2";
}

TEST(TotalsCollector, KeepsAllWithoutALimit) {
  TotalsCollector collector(core::Measure::kOrders, {});
  for (const int orders : {1, 3, 2}) collector.add({std::to_string(orders), of_orders(orders), 0});
  const TotalsPage page = collector.page();
  ASSERT_EQ(page.rows.size(), 3U);
  EXPECT_EQ(page.rows[0].key, "3");
  EXPECT_EQ(page.rows[2].key, "1");
}

// The long name comes first, in the middle and last: what is kept never depends on it.
TEST(TotalsCollector, KeepsTheBestThatFitIntoALimitOfBytesWithoutAGap) {
  const std::string large(60, 'l');
  std::vector<std::pair<std::string, int>> rows{{"best", 9}, {large, 5}, {std::string(50, 'm'), 4}, {"s", 1}, {"t", 1}};
  std::sort(rows.begin(), rows.end());
  do {
    TotalsCollector collector(core::Measure::kOrders, {.rows = 4, .bytes = 100});
    for (const auto& [name, orders] : rows) collector.add({name, of_orders(orders), 0});
    const TotalsPage page = collector.page();
    EXPECT_EQ(page.all_rows, 5);
    EXPECT_EQ(page.sum.value().orders, 20);
    ASSERT_EQ(page.rows.size(), 2U) << "nothing behind the row that does not fit";
    EXPECT_EQ(page.rows[0].key, "best");
    EXPECT_EQ(page.rows[1].key, large);
  } while (std::next_permutation(rows.begin(), rows.end()));
}

}  // namespace
}  // namespace salestream::store
