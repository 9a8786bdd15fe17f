// SPDX-License-Identifier: Apache-2.0
#include "results/sorted_totals.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "store/testing.h"
#include "store/totals_collector.h"

namespace salestream::results {
namespace {

// A store that has rows, and nothing else.
class Rows final : public store::testing::EmptyInspection {
 public:
  std::vector<store::StoredTotals> rows;

  base::Status scan_totals(store::TableIndex,
                           const std::function<base::Status(std::span<const store::StoredTotals>)>& on_page) override {
    for (std::size_t i = 0; i < rows.size(); i += 100)
      SALESTREAM_TRY(on_page(std::span(rows).subspan(i, std::min<std::size_t>(100, rows.size() - i))));
    return {};
  }
};

std::vector<core::TotalsRow> read_all(SortedTotals& totals) {
  EXPECT_TRUE(totals.begin_reading().ok());
  std::vector<core::TotalsRow> rows;
  core::TotalsRow row;
  for (;;) {
    const auto more = totals.next(row);
    EXPECT_TRUE(more.ok());
    if (!more.ok() || !*more) return rows;
    rows.push_back(row);
  }
}

// Numbers of all sizes and both signs, many of them the same, and names with any bytes.
Rows made_up() {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  Rows made;
  std::mt19937_64 random(3);
  for (int i = 0; i < 5000; ++i) {
    const auto digits = static_cast<unsigned>(random() % 120);
    auto number = static_cast<core::Decimal::Int128>(random()) << 56 ^ static_cast<core::Decimal::Int128>(random());
    number = i % 3 == 0 ? i % 7 : number >> digits;
    if (random() % 2 == 0) number = -number;
    const core::Decimal revenue = core::Decimal::from_scaled(number);
    const auto orders = static_cast<std::int64_t>(random() >> (1 + random() % 63)) - (i % 2 == 0 ? kMost / 2 : 0);
    std::string key = std::to_string(i % 7 == 0 ? 4999 - i : i) + (i % 7 == 0 ? std::string(1, '\0') : "\xff");
    made.rows.push_back({{std::move(key), {revenue, core::Decimal::from_scaled(-number), orders}, 0}, {}});
  }
  return made;
}

core::TotalsTable by(core::Measure first) {
  return {"sales", {core::Dimension::kProduct}, {{"name", core::Dimension::kProduct}, {"first", first}}};
}

class SparksStore final : public store::testing::EmptyStore {
 public:
  store::Engine engine() const override { return store::Engine::kSpark; }
};

TEST(SortedTotals, AreNotShownWhereARowCannotBeRead) {
  Rows rows;
  rows.rows = {{{"Mouse", {}, 0}, store::Unreadable{"first", "\"14978,60\""}}};
  const core::TotalsTable table = by(core::Measure::kRevenue);
  const auto error_of = [&](const store::Store& store) {
    const auto read = SortedTotals(table, 1 << 20).read(store, rows, 0);
    return read.ok() ? "no error" : read.error().message;
  };
  const std::string what =
      "a store: a row of table sales can't be read: that of \"Mouse\" holds \"14978,60\" in its column first, so it "
      "was written by something other than ";
  EXPECT_EQ(error_of(store::testing::EmptyStore()),
            what + "this salestream. `salestream audit PIPELINE --repair` writes it again, from its cells");
  EXPECT_EQ(error_of(SparksStore()),
            what + "Spark. `salestream reset PIPELINE` and another `salestream spark submit` count all of it again");
}

TEST(SortedTotals, HasTheOrderOfAPageThatHasNoLimit) {
  Rows made = made_up();
  for (const core::Measure first : {core::Measure::kRevenue, core::Measure::kUnits, core::Measure::kOrders}) {
    store::TotalsCollector collector(first, {});
    for (const core::TotalsRow& row : made.rows) collector.add(row);
    const store::TotalsPage expected = collector.page();
    for (const std::size_t memory_bytes : {64U << 20, 32U << 10}) {
      const core::TotalsTable table = by(first);
      SortedTotals totals(table, memory_bytes);
      ASSERT_TRUE(totals.read(store::testing::EmptyStore(), made, 0).ok());
      EXPECT_EQ(totals.has_spilled(), memory_bytes < 64U << 20);
      EXPECT_EQ(totals.all_rows(), expected.all_rows);
      const auto rows = read_all(totals);
      ASSERT_EQ(rows.size(), expected.rows.size());
      for (std::size_t i = 0; i < rows.size(); ++i) {
        ASSERT_EQ(rows[i].key, expected.rows[i].key) << i;
        ASSERT_EQ(rows[i].measures, expected.rows[i].measures) << i;
      }
      EXPECT_EQ(read_all(totals).size(), rows.size()) << "from the beginning again";
    }
  }
}

}  // namespace
}  // namespace salestream::results
