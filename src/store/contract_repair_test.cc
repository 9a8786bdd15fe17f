// SPDX-License-Identifier: Apache-2.0
// The contract of a repair: totals rows become the sums of their cells, whatever was written to them, and a run goes on
// with them.
#include <gmock/gmock.h>

#include <map>

#include "store/contract_test.h"

namespace salestream::store {
namespace {

using testing::ElementsAre;
using testing::Pair;

// More than any sum of offsets: as a person's clock is beyond all that is counted.
constexpr std::int64_t kByHand = std::int64_t{1} << 50;

std::map<std::string, core::Measures> totals_of(Store& store, TableIndex table) {
  std::map<std::string, core::Measures> totals;
  const TotalsPage page = store.session().value()->read_totals(table, {}).value();
  for (const core::TotalsRow& row : page.rows) totals[row.key] = row.measures;
  return totals;
}

std::unique_ptr<Store> reader_of(StorePlace& place) {
  auto store = place.store(contract_identity());
  const auto opened = store->open_for_read();
  EXPECT_TRUE(opened.ok()) << opened.error().message;
  return store;
}

base::Status repair(Store& store, const std::vector<std::string>& products,
                    const std::vector<std::string>& clients = {}) {
  const TotalsKeys rows[] = {{kProductSales, products}, {kClientSales, clients}};
  return store.repair_totals(rows);
}

TEST_P(StoreContract, ARepairMakesRowsTheSumsOfTheirCells) {
  const Run r = run();
  const std::string ana_pen = core::make_key({"ana", "Pen"}), bia_pen = core::make_key({"bia", "Pen"});
  ASSERT_OK(
      write_cells_and_totals(*r.session, kProductSales,
                             {{"Mouse", 0, {measures("1.5", "1", 1), 4}}, {"Mouse", 2, {measures("2", "3", 1), 9}}}));
  ASSERT_OK(write_cells_and_totals(
      *r.session, kClientSales, {{ana_pen, 0, {measures("4", "1", 1), 4}}, {bia_pen, 0, {measures("5", "1", 1), 5}}}));
  ASSERT_OK(write_cells(*r.session, kProductSales, {{"Pen", 0, {measures("4", "1", 1), 4}}}));  // without a row
  ASSERT_OK(write_totals(*r.session, kProductSales,
                         {{"Mouse", measures("99", "1", 1), kByHand}, {"Ghost", measures("7", "7", 7), kByHand}}));
  ASSERT_OK(write_totals(*r.session, kClientSales, {{ana_pen, measures("0", "0", 0), kByHand}}));

  const auto reader = reader_of(*place_);
  ASSERT_OK(repair(*reader, {"Mouse", "Pen", "Ghost"}, {ana_pen}));
  EXPECT_THAT(totals_of(*reader, kProductSales),
              ElementsAre(Pair("Mouse", measures("3.5", "4", 2)), Pair("Pen", measures("4", "1", 1))));
  EXPECT_EQ(totals_of(*reader, kClientSales).at(ana_pen).revenue, decimal("4"));
  EXPECT_EQ(totals_of(*reader, kClientSales).at(bia_pen).revenue, decimal("5"));
}

TEST_P(StoreContract, ARunGoesOnWithRepairedRows) {
  const Run r = run();
  ASSERT_OK(write_cells_and_totals(*r.session, kProductSales, {{"Mouse", 0, {measures("1", "1", 1), 4}}}));
  for (int i = 1; i <= 3; ++i) {
    ASSERT_OK(write_totals(*r.session, kProductSales, {{"Mouse", measures("99", "1", 1), i * kByHand}}));
    const auto reader = reader_of(*place_);
    ASSERT_OK(repair(*reader, {"Mouse"}));
    EXPECT_EQ(totals_of(*reader, kProductSales).at("Mouse"), measures(std::to_string(i), "1", i)) << i;
    // The run that began before the repair, and knows of none.
    ASSERT_OK(write_cells_and_totals(*r.session, kProductSales,
                                     {{"Mouse", 0, {measures(std::to_string(i + 1), "1", i + 1), 4 + i}}}));
    EXPECT_EQ(totals_of(*reader, kProductSales).at("Mouse"), measures(std::to_string(i + 1), "1", i + 1)) << i;
  }
}

TEST_P(StoreContract, ARepairLeavesAllElseAsItIs) {
  const Run r = run();
  ASSERT_OK(write_cells_and_totals(*r.session, kProductSales, {{"Mouse", 0, {measures("1", "1", 1), 4}}}));
  const core::PartitionProgress at = progress(0, 5);
  core::Reject reject;
  reject.offset = 2;
  ASSERT_OK(r.session->flush([&](FlushSteps& steps) -> base::Status {
    SALESTREAM_TRY(steps.write_rejects({&reject, 1}));
    return steps.write_progress({&at, 1});
  }));
  ASSERT_OK(write_totals(*r.session, kProductSales, {{"Mouse", measures("99", "1", 1), kByHand}}));
  const auto reader = reader_of(*place_);
  ASSERT_OK(repair(*reader, {"Mouse"}));
  const auto cells = cells_of(*r.session, kProductSales, {"Mouse"});
  ASSERT_EQ(cells.size(), 1U);
  EXPECT_EQ(cells[0].cell, (core::Cell{measures("1", "1", 1), 4}));
  EXPECT_EQ(r.session->read_progress().value().at(0).next_offset, 5);
  EXPECT_EQ(r.session->read_rejects(10).value().size(), 1U);
  ASSERT_OK(write_cells(*r.session, kProductSales, {{"Mouse", 0, {measures("7", "1", 1), 3}}}));
  EXPECT_EQ(cells_of(*r.session, kProductSales, {"Mouse"}).at(0).cell.applied_through, 4) << "an older cell";
}

TEST_P(StoreContract, ACountThatBeginsAfterARepairWins) {
  {
    const Run r = run();
    ASSERT_OK(write_cells_and_totals(*r.session, kProductSales, {{"Mouse", 0, {measures("1", "1", 1), 400}}}));
    ASSERT_OK(write_totals(*r.session, kProductSales, {{"Mouse", measures("99", "1", 1), kByHand}}));
    const auto reader = reader_of(*place_);
    ASSERT_OK(repair(*reader, {"Mouse"}));
  }
  ASSERT_OK(place_->store(contract_identity())->reset());
  const Run again = run();
  EXPECT_TRUE(totals_of(*again.store, kProductSales).empty());
  ASSERT_OK(write_cells_and_totals(*again.session, kProductSales, {{"Mouse", 0, {measures("2", "1", 1), 0}}}));
  EXPECT_EQ(totals_of(*again.store, kProductSales).at("Mouse"), measures("2", "1", 1));
}

TEST_P(StoreContract, NothingIsLeftToFinishWhereNothingWasRepaired) {
  const Run r = run();
  ASSERT_OK(write_cells_and_totals(*r.session, kProductSales, {{"Mouse", 0, {measures("1", "1", 1), 4}}}));
  const auto reader = reader_of(*place_);
  EXPECT_EQ(reader->finish_repair().value(), false);
  EXPECT_EQ(totals_of(*reader, kProductSales).at("Mouse"), measures("1", "1", 1));
}

}  // namespace
}  // namespace salestream::store
