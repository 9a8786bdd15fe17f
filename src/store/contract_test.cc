// SPDX-License-Identifier: Apache-2.0
// The contract of cells, totals and flushes: what the exactly-once protocol asks of a store.
#include "store/contract_test.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <thread>

namespace salestream::store {

using testing::ElementsAre;
using testing::IsEmpty;

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreContract);

Identity contract_identity() {
  core::Definition definition;
  definition.pipeline = "contract";
  definition.order.items = core::FieldPath{{"items"}};
  definition.order.product = core::FieldPath{{"product"}};
  definition.order.quantity = core::FieldPath{{"quantity"}};
  using core::Dimension, core::Measure;
  definition.totals = {
      {"product_sales",
       {Dimension::kProduct},
       {{"product_name", Dimension::kProduct},
        {"total_sales", Measure::kRevenue},
        {"pieces", Measure::kUnits},
        {"number_of_orders", Measure::kOrders}}},
      {"client_sales",
       {Dimension::kClient, Dimension::kProduct},
       {{"total", Measure::kRevenue}, {"product", Dimension::kProduct}, {"client", Dimension::kClient}}}};
  return {definition, "test source"};
}

Identity product_sales() {
  Identity identity = contract_identity();
  identity.definition.totals = {
      {"product_sales",
       {core::Dimension::kProduct},
       {{"product_name", core::Dimension::kProduct}, {"total_sales", core::Measure::kRevenue}}}};
  return identity;
}

std::string refusal_of(const base::Status& status) { return status.ok() ? "(not refused)" : status.error().message; }

core::Decimal decimal(std::string_view text) {
  const core::ParsedNumber number = core::parse_number(text);
  SALESTREAM_CHECK(number.status == core::NumberStatus::kOk);
  return number.value;
}

core::Measures measures(std::string_view revenue, std::string_view units, std::int64_t orders) {
  return {decimal(revenue), decimal(units), orders};
}

core::PartitionProgress progress(core::PartitionId partition, core::Offset next_offset) {
  core::PartitionProgress p;
  p.partition = partition;
  p.next_offset = next_offset;
  p.last_offset = next_offset - 1;
  return p;
}

StoreContract::Run StoreContract::run(const Identity& identity) {
  Run run{place_->store(identity), nullptr};
  const auto opened = run.store->open_for_run();
  EXPECT_TRUE(opened.ok()) << opened.error().message;
  auto session = run.store->session();
  EXPECT_TRUE(session.ok()) << session.error().message;
  run.session = *std::move(session);
  return run;
}

base::Status StoreContract::write_cells(Session& session, TableIndex table, const std::vector<CellWrite>& cells) {
  return session.flush([&](FlushSteps& steps) { return steps.write_cells(table, cells); });
}

std::vector<KeyedCell> StoreContract::cells_of(Session& session, TableIndex table,
                                               const std::vector<std::string_view>& keys) {
  std::vector<KeyedCell> cells;
  const auto read = session.flush([&](FlushSteps& steps) { return steps.read_cells(table, keys, cells); });
  EXPECT_TRUE(read.ok()) << read.error().message;
  std::sort(cells.begin(), cells.end(), [](const KeyedCell& a, const KeyedCell& b) {
    return std::pair(a.key_index, a.partition) < std::pair(b.key_index, b.partition);
  });
  return cells;
}

base::Status StoreContract::write_cells_and_totals(Session& session, TableIndex table,
                                                   const std::vector<CellWrite>& cells) {
  return session.flush([&](FlushSteps& steps) -> base::Status {
    SALESTREAM_TRY(steps.write_cells(table, cells));
    std::vector<std::string_view> keys;
    for (const CellWrite& cell : cells)
      if (std::find(keys.begin(), keys.end(), cell.key) == keys.end()) keys.push_back(cell.key);
    std::vector<KeyedCell> read;
    SALESTREAM_TRY(steps.read_cells(table, keys, read));
    std::vector<core::TotalsRow> rows(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) rows[i].key = keys[i];
    for (const KeyedCell& cell : read) {
      rows[cell.key_index].measures = *core::add(rows[cell.key_index].measures, cell.cell.measures);
      rows[cell.key_index].version += cell.cell.applied_through + 1;
    }
    return steps.write_totals(table, rows);
  });
}

base::Status StoreContract::write_totals(Session& session, TableIndex table, const std::vector<core::TotalsRow>& rows) {
  return session.flush([&](FlushSteps& steps) { return steps.write_totals(table, rows); });
}

namespace {

std::vector<std::string> keys_of(const TotalsPage& page) {
  std::vector<std::string> keys;
  for (const core::TotalsRow& row : page.rows) keys.push_back(row.key);
  return keys;
}

}  // namespace

TEST_P(StoreContract, IsEmptyAtFirst) {
  const Run r = run();
  EXPECT_THAT(r.session->read_progress().value(), IsEmpty());
  const TotalsPage page = r.session->read_totals(kProductSales, {}).value();
  EXPECT_THAT(page.rows, IsEmpty());
  EXPECT_EQ(page.all_rows, 0);
  EXPECT_THAT(r.session->read_rejects(10).value(), IsEmpty());
  std::vector<std::optional<core::Cell>> cells;
  const std::string_view keys[] = {"Mouse"};
  ASSERT_OK(r.session->read_partition_cells(kProductSales, 0, keys, cells));
  EXPECT_THAT(cells, ElementsAre(std::nullopt));
  EXPECT_THAT(cells_of(*r.session, kProductSales, {"Mouse"}), IsEmpty());
}

TEST_P(StoreContract, ReplayGuardLetsOnlyAGreaterThroughIn) {
  const Run r = run();
  const auto write = [&](const char* revenue, core::Offset through) {
    return write_cells(*r.session, kProductSales, {{"Mouse", 0, {measures(revenue, "1", 1), through}}});
  };
  const auto revenue = [&] { return cells_of(*r.session, kProductSales, {"Mouse"}).at(0).cell.measures.revenue; };
  ASSERT_OK(write("1", 9));
  if (kind_.has_transactions) {
    // Without a condition on what is stored, either of the two may stay; a `applied_through` has one value, so there
    // are no two.
    ASSERT_OK(write("2", 9));
    EXPECT_EQ(revenue(), decimal("1")) << "equal";
  }
  ASSERT_OK(write("3", 8));
  EXPECT_EQ(revenue(), decimal("1")) << "smaller";
  // 10 is less than 9 where texts are compared.
  ASSERT_OK(write("4", 10));
  EXPECT_EQ(revenue(), decimal("4")) << "greater";
  ASSERT_OK(write("5", 9));
  EXPECT_EQ(revenue(), decimal("4"));
  ASSERT_OK(write("6", std::int64_t{1} << 60));
  EXPECT_EQ(revenue(), decimal("6"));
}

TEST_P(StoreContract, KeepsTheCellsOfPartitionsApart) {
  const Run r = run();
  ASSERT_OK(write_cells(*r.session, kProductSales,
                        {{"Mouse", 0, {measures("1.50", "1", 1), 5}},
                         {"Mouse", 7, {measures("2.25", "3", 2), 1}},
                         {"Laptop", 7, {measures("9", "9", 9), 2}}}));
  const auto cells = cells_of(*r.session, kProductSales, {"Nothing", "Mouse", "Laptop"});
  ASSERT_EQ(cells.size(), 3U);
  EXPECT_EQ(cells[0].key_index, 1U);
  EXPECT_EQ(cells[0].partition, 0);
  EXPECT_EQ(cells[0].cell, (core::Cell{measures("1.50", "1", 1), 5}));
  EXPECT_EQ(cells[1].partition, 7);
  EXPECT_EQ(cells[1].cell, (core::Cell{measures("2.25", "3", 2), 1}));
  EXPECT_EQ(cells[2].key_index, 2U);

  std::vector<std::optional<core::Cell>> own;
  const std::string_view keys[] = {"Mouse", "Nothing", "Laptop"};
  ASSERT_OK(r.session->read_partition_cells(kProductSales, 7, keys, own));
  EXPECT_THAT(own,
              ElementsAre(core::Cell{measures("2.25", "3", 2), 1}, std::nullopt, core::Cell{measures("9", "9", 9), 2}));
  EXPECT_THAT(cells_of(*r.session, kClientSales, {core::make_key({"Mouse", ""})}), IsEmpty());
}

// More than a store may ask for at once, and not a round number of them; each third key has no cells.

TEST_P(StoreContract, ReadsTheCellsOfManyKeys) {
  const Run r = run();
  constexpr std::size_t kKeys = 47;
  std::vector<std::string> names(kKeys);
  std::vector<CellWrite> cells;
  for (std::size_t i = 0; i < kKeys; ++i) {
    names[i] = "product " + std::to_string(i * 31 % kKeys);
    for (const core::PartitionId partition : {3, 4})
      if (i % 3 != 0) cells.push_back({names[i], partition, {measures(std::to_string(i), "1", partition), 9}});
  }
  ASSERT_OK(write_cells(*r.session, kProductSales, cells));
  const auto found = cells_of(*r.session, kProductSales, {names.begin(), names.end()});
  ASSERT_EQ(found.size(), cells.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(names[found[i].key_index], cells[i].key);
    EXPECT_EQ(found[i].partition, cells[i].partition);
    EXPECT_EQ(found[i].cell, cells[i].cell);
  }

  std::vector<std::optional<core::Cell>> own;
  const std::vector<std::string_view> keys(names.begin(), names.end());
  ASSERT_OK(r.session->read_partition_cells(kProductSales, 4, keys, own));
  ASSERT_EQ(own.size(), kKeys);
  for (std::size_t i = 0; i < kKeys; ++i)
    EXPECT_EQ(own[i], i % 3 != 0 ? std::optional(core::Cell{measures(std::to_string(i), "1", 4), 9}) : std::nullopt);
}

TEST_P(StoreContract, ReplayingAFlushChangesNothing) {
  const Run r = run();
  core::Reject reject;
  reject.offset = 3;
  reject.message = "x";
  const core::PartitionProgress at = progress(0, 10);
  for (int i = 0; i < 3; ++i) {
    const std::vector<CellWrite> cells = {{"Mouse", 0, {measures("1.50", "1", 1), 5}},
                                          {"Pen", 0, {measures("2", "2", 2), 9}}};
    ASSERT_OK(write_cells_and_totals(*r.session, kProductSales, cells));
    ASSERT_OK(r.session->flush([&](FlushSteps& steps) -> base::Status {
      SALESTREAM_TRY(steps.write_rejects({&reject, 1}));
      return steps.write_progress({&at, 1});
    }));
  }
  const TotalsPage page = r.session->read_totals(kProductSales, {}).value();
  EXPECT_THAT(keys_of(page), ElementsAre("Pen", "Mouse"));
  EXPECT_EQ(page.rows[0].measures, measures("2", "2", 2));
  EXPECT_EQ(r.session->read_rejects(10).value().size(), 1U);
  EXPECT_EQ(r.session->read_progress().value().size(), 1U);
}

TEST_P(StoreContract, TotalsPageIsOrderedExactlyAndLimited) {
  const Run r = run();
  // One in the last digit is nothing to a double of this size, and text would put 9 above 10.
  ASSERT_OK(write_totals(*r.session, kProductSales,
                         {{"b", measures("100000000000000000.000000001", "1", 1), 1},
                          {"a", measures("100000000000000000.000000002", "1", 1), 1},
                          {"c", measures("100000000000000000.000000001", "1", 1), 1},
                          {"nine", measures("9", "1", 1), 1},
                          {"ten", measures("10", "1", 1), 1},
                          {"minus ten", measures("-10", "1", 1), 1},
                          {"minus nine", measures("-9", "1", 1), 1},
                          {"zero", measures("0", "1", 1), 1}}));
  const auto keys = [&](std::size_t limit) {
    return keys_of(r.session->read_totals(kProductSales, {.rows = limit}).value());
  };
  EXPECT_THAT(keys(0), ElementsAre("a", "b", "c", "ten", "nine", "zero", "minus nine", "minus ten"));
  EXPECT_THAT(keys(1), ElementsAre("a"));
  EXPECT_THAT(keys(2), ElementsAre("a", "b"));
  EXPECT_THAT(keys(5), ElementsAre("a", "b", "c", "ten", "nine"));
  EXPECT_EQ(keys(100).size(), 8U);
  EXPECT_THAT(keys_of(r.session->read_totals(kProductSales, {.bytes = 9}).value()), ElementsAre("a", "b", "c", "ten"));
  const TotalsPage page = r.session->read_totals(kProductSales, {.rows = 2}).value();
  EXPECT_EQ(page.all_rows, 8);
  EXPECT_EQ(page.sum.value().revenue,
            measures("300000000000000000.000000004", "0", 0).revenue);  // of those left out too
}

TEST_P(StoreContract, TotalsAreTheSumsWhateverSessionWritesLast) {
  const Run r = run();
  const auto other = r.store->session().value();
  ASSERT_OK(write_cells_and_totals(*r.session, kProductSales, {{"Mouse", 0, {measures("1", "1", 1), 4}}}));
  ASSERT_OK(write_cells_and_totals(*other, kProductSales, {{"Mouse", 1, {measures("20", "1", 1), 2}}}));
  ASSERT_OK(write_cells_and_totals(*r.session, kProductSales, {{"Mouse", 0, {measures("0.5", "1", 1), 3}}}));
  const TotalsPage page = other->read_totals(kProductSales, {}).value();
  ASSERT_EQ(page.rows.size(), 1U);
  EXPECT_EQ(page.rows[0].measures, measures("21", "2", 2));
}

TEST_P(StoreContract, AnOlderTotalsRowLoses) {
  if (!kind_.keeps_totals_versions) GTEST_SKIP() << "a flush of this store is one transaction over cells and totals";
  const Run r = run();
  ASSERT_OK(write_totals(*r.session, kProductSales, {{"Mouse", measures("2", "1", 1), 10}}));
  ASSERT_OK(write_totals(*r.session, kProductSales, {{"Mouse", measures("1", "1", 1), 9}}));
  EXPECT_EQ(r.session->read_totals(kProductSales, {}).value().rows.at(0).measures.revenue, decimal("2"));
}

TEST_P(StoreContract, AFailedFlushLeavesNothingBehind) {
  if (!kind_.has_transactions) GTEST_SKIP() << "this store has no transactions";
  const Run r = run();
  core::Reject reject;
  const core::PartitionProgress at = progress(0, 10);
  const CellWrite cell{"Mouse", 0, {measures("1", "1", 1), 5}};
  const auto status = r.session->flush([&](FlushSteps& steps) -> base::Status {
    SALESTREAM_TRY(steps.write_rejects({&reject, 1}));
    SALESTREAM_TRY(steps.write_cells(kProductSales, {&cell, 1}));
    SALESTREAM_TRY(steps.write_progress({&at, 1}));
    return base::failure("on purpose");
  });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message, "on purpose");
  EXPECT_THAT(r.session->read_rejects(10).value(), IsEmpty());
  EXPECT_THAT(r.session->read_progress().value(), IsEmpty());
  EXPECT_THAT(cells_of(*r.session, kProductSales, {"Mouse"}), IsEmpty());
  ASSERT_OK(write_cells(*r.session, kProductSales, {cell}));
}

TEST_P(StoreContract, TakesManyRowsInManySteps) {
  const Run r = run();
  constexpr int kSteps = 5;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kSteps * FlushSteps::kMaxRowsPerStep; ++i)
    names.push_back("product " + std::to_string(i));
  ASSERT_OK(r.session->flush([&](FlushSteps& steps) -> base::Status {
    for (std::size_t begin = 0; begin < names.size(); begin += FlushSteps::kMaxRowsPerStep) {
      std::vector<CellWrite> cells;
      std::vector<core::TotalsRow> rows;
      for (std::size_t i = begin; i < begin + FlushSteps::kMaxRowsPerStep; ++i) {
        const core::Measures m{core::Decimal::from_integer(static_cast<std::int64_t>(i)), {}, 1};
        cells.push_back({names[i], 0, {m, 1}});
        rows.push_back({names[i], m, 2});
      }
      SALESTREAM_TRY(steps.write_cells(kProductSales, cells));
      SALESTREAM_TRY(steps.write_totals(kProductSales, rows));
    }
    return {};
  }));
  const TotalsPage page = r.session->read_totals(kProductSales, {.rows = 3}).value();
  EXPECT_EQ(page.all_rows, static_cast<std::int64_t>(names.size()));
  EXPECT_THAT(keys_of(page), ElementsAre("product 9999", "product 9998", "product 9997"));
}

TEST_P(StoreContract, TwoThreadsFlushWithoutDisturbingEachOther) {
  const Run r = run();
  constexpr int kFlushes = 100;
  const auto work = [&](core::PartitionId partition) {
    const auto session = r.store->session().value();
    for (core::Offset through = 1; through <= kFlushes; ++through) {
      const CellWrite cell{"Mouse", partition, {{core::Decimal::from_integer(through), {}, through}, through}};
      const auto written = write_cells_and_totals(*session, kProductSales, {cell});
      ASSERT_TRUE(written.ok()) << written.error().message;
      ASSERT_TRUE(session->read_totals(kProductSales, {.rows = 1}).ok());
    }
  };
  std::thread other(work, 1);
  work(0);
  other.join();
  const TotalsPage page = r.session->read_totals(kProductSales, {}).value();
  ASSERT_EQ(page.rows.size(), 1U);
  EXPECT_EQ(page.rows[0].measures.orders, 2 * kFlushes);
}

}  // namespace salestream::store
