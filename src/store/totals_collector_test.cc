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
  TotalsCollector collector(core::Measure::kOrders, 2);
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
  TotalsCollector collector(core::Measure::kOrders, 0);
  for (const int orders : {1, 3, 2}) collector.add({std::to_string(orders), of_orders(orders), 0});
  const TotalsPage page = collector.page();
  ASSERT_EQ(page.rows.size(), 3U);
  EXPECT_EQ(page.rows[0].key, "3");
  EXPECT_EQ(page.rows[2].key, "1");
}

}  // namespace
}  // namespace salestream::store
