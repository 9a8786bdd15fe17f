// SPDX-License-Identifier: Apache-2.0
// The contract of looking at everything in a store: complete, exact, and without a trace.
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "store/contract_test.h"

namespace salestream::store {
namespace {

using Cells = std::map<std::pair<std::string, core::PartitionId>, core::Cell>;

Cells cells_seen(Inspection& inspection, TableIndex table) {
  Cells seen;
  const auto scanned = inspection.scan_cells(table, [&](std::span<const StoredCell> page) -> base::Status {
    for (const StoredCell& cell : page)
      EXPECT_TRUE(seen.emplace(std::pair(cell.key, cell.partition), cell.cell).second) << cell.key;
    return {};
  });
  EXPECT_TRUE(scanned.ok()) << scanned.error().message;
  return seen;
}

std::map<std::string, core::Measures> totals_seen(Inspection& inspection, TableIndex table) {
  std::map<std::string, core::Measures> seen;
  const auto scanned = inspection.scan_totals(table, [&](std::span<const StoredTotals> page) -> base::Status {
    for (const StoredTotals& row : page) EXPECT_TRUE(seen.emplace(row.key, row.measures).second) << row.key;
    return {};
  });
  EXPECT_TRUE(scanned.ok()) << scanned.error().message;
  return seen;
}

TEST_P(StoreContract, AnInspectionOfAnEmptyStoreSeesNothing) {
  const Run r = run();
  const auto inspection = r.store->inspect();
  ASSERT_OK(inspection);
  EXPECT_TRUE((*inspection)->read_progress().value().empty());
  EXPECT_TRUE(cells_seen(**inspection, kProductSales).empty());
  EXPECT_TRUE(totals_seen(**inspection, kClientSales).empty());
  EXPECT_OK((*inspection)->scan_rejects({}, [](std::span<const core::Reject> page) -> base::Status {
    EXPECT_TRUE(page.empty());
    return {};
  }));
  const auto content = (*inspection)->read_key(kProductSales, "Mouse");
  ASSERT_OK(content);
  EXPECT_TRUE(content->cells.empty());
  EXPECT_FALSE(content->totals.has_value());
}

TEST_P(StoreContract, AnInspectionSeesEverythingOnce) {
  const Run r = run();
  constexpr int kKeys = 1800;  // times three partitions: more than a page of either store
  std::vector<std::string> names, pairs;
  for (int i = 0; i < kKeys; ++i) {
    names.push_back("product " + std::to_string(i));
    pairs.push_back(core::make_key({"client\0x", names.back()}));
  }
  Cells products, clients;
  for (core::PartitionId partition = 0; partition < 3; ++partition) {
    std::vector<CellWrite> product_writes, client_writes;
    for (int i = 0; i < kKeys; ++i) {
      const core::Cell cell{measures(std::to_string(i) + ".000000001", "-0.5", i + partition), 7 + partition};
      product_writes.push_back({names[i], partition, cell});
      products[{names[i], partition}] = cell;
      if (partition > 0) continue;
      client_writes.push_back({pairs[i], partition, cell});
      clients[{pairs[i], partition}] = cell;
    }
    ASSERT_OK(write_cells_and_totals(*r.session, kProductSales, product_writes));
    if (!client_writes.empty()) ASSERT_OK(write_cells_and_totals(*r.session, kClientSales, client_writes));
  }
  const core::PartitionProgress at = progress(2, 10);
  ASSERT_OK(r.session->flush([&](FlushSteps& steps) { return steps.write_progress({&at, 1}); }));

  auto inspection = r.store->inspect();
  ASSERT_OK(inspection);
  EXPECT_EQ((*inspection)->read_progress().value().at(0).next_offset, 10);
  EXPECT_TRUE(cells_seen(**inspection, kProductSales) == products);
  EXPECT_TRUE(cells_seen(**inspection, kClientSales) == clients);
  const auto totals = totals_seen(**inspection, kProductSales);
  ASSERT_EQ(totals.size(), static_cast<std::size_t>(kKeys));
  EXPECT_EQ(totals.at("product 10"), measures("30.000000003", "-1.5", 33));
  EXPECT_EQ(totals_seen(**inspection, kClientSales).at(pairs[3]).revenue, decimal("3.000000001"));

  const auto content = (*inspection)->read_key(kProductSales, "product 10");
  ASSERT_OK(content);
  EXPECT_EQ(content->cells.size(), 3U);
  EXPECT_EQ(content->totals, measures("30.000000003", "-1.5", 33));
  EXPECT_EQ((*inspection)->read_key(kClientSales, pairs[3]).value().cells.size(), 1U);
}

TEST_P(StoreContract, AnInspectionSeesEveryRejectWhole) {
  const Run r = run();
  std::vector<core::Reject> rejects;
  for (int i = 0; i < 1500; ++i) {
    core::Reject& reject = rejects.emplace_back();
    reject.partition = i % 2;
    reject.offset = i;
    reject.reason = static_cast<core::RejectReason>(i % core::kRejectReasonCount);
    reject.key = "k" + std::to_string(i);
    reject.message = std::string(static_cast<std::size_t>(i % 50), '\xff');
    reject.is_null = i % 50 == 0;
  }
  ASSERT_OK(r.session->flush([&](FlushSteps& steps) { return steps.write_rejects(rejects); }));
  const auto inspection = r.store->inspect();
  ASSERT_OK(inspection);
  std::set<core::Offset> seen;
  ASSERT_OK((*inspection)->scan_rejects({}, [&](std::span<const core::Reject> page) -> base::Status {
    for (const core::Reject& reject : page) {
      EXPECT_TRUE(seen.insert(reject.offset).second) << reject.offset;
      const core::Reject& written = rejects.at(static_cast<std::size_t>(reject.offset));
      EXPECT_EQ(reject.partition, written.partition);
      EXPECT_EQ(reject.reason, written.reason);
      EXPECT_EQ(reject.key, written.key);
      EXPECT_EQ(reject.message, written.message);
      EXPECT_EQ(reject.is_null, written.is_null);
    }
    return {};
  }));
  EXPECT_EQ(seen.size(), rejects.size());
}

TEST_P(StoreContract, AnInspectionThatIsASnapshotStaysAsItWas) {
  const Run r = run();
  ASSERT_OK(write_cells_and_totals(*r.session, kProductSales, {{"Mouse", 0, {measures("1", "1", 1), 4}}}));
  const auto inspection = r.store->inspect();
  ASSERT_OK(inspection);
  if (!(*inspection)->is_snapshot()) GTEST_SKIP() << "this store has no snapshots";
  EXPECT_EQ(cells_seen(**inspection, kProductSales).size(), 1U);
  ASSERT_OK(write_cells_and_totals(*r.session, kProductSales, {{"Mouse", 1, {measures("1", "1", 1), 4}}}));
  EXPECT_EQ(cells_seen(**inspection, kProductSales).size(), 1U);
  EXPECT_EQ(totals_seen(**inspection, kProductSales).at("Mouse").orders, 1);
}

TEST_P(StoreContract, AnErrorEndsAnInspection) {
  const Run r = run();
  ASSERT_OK(write_cells_and_totals(*r.session, kProductSales, {{"Mouse", 0, {measures("1", "1", 1), 4}}}));
  const auto inspection = r.store->inspect();
  ASSERT_OK(inspection);
  const auto status = (*inspection)->scan_cells(kProductSales, [](auto) { return base::failure("on purpose"); });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message, "on purpose");
}

}  // namespace
}  // namespace salestream::store
