// SPDX-License-Identifier: Apache-2.0
// The contract of what is written and read back: keys, numbers, rejected messages and progress, each as it was.
#include <gmock/gmock.h>

#include <algorithm>

#include "store/contract_test.h"

namespace salestream::store {

TEST_P(StoreContract, ProgressReadsBackWholeAndNeverGoesBack) {
  const Run r = run();
  core::PartitionProgress p = progress(3, 100);
  p.first_offset = 7;
  p.first_checksum = 0xf123456789abcdef;
  p.last_offset = 98;
  p.last_checksum = 0xfedcba9876543210;
  p.last_timestamp_ms = 1'732'000'000'123;
  p.counters = {90, 80, 200, 4, {}};
  for (std::size_t i = 0; i < p.counters.rejects.size(); ++i) p.counters.rejects[i] = static_cast<std::int64_t>(i * 3);
  const core::PartitionProgress back = progress(3, 99);
  const core::PartitionProgress other[] = {progress(1, std::int64_t{1} << 62)};
  const auto write = [&](std::span<const core::PartitionProgress> all) {
    return r.session->flush([&](FlushSteps& steps) { return steps.write_progress(all); });
  };
  ASSERT_OK(write({&p, 1}));
  ASSERT_OK(write({&back, 1}));
  ASSERT_OK(write(other));
  auto read = r.session->read_progress().value();
  std::sort(read.begin(), read.end(), [](const auto& a, const auto& b) { return a.partition < b.partition; });
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].next_offset, std::int64_t{1} << 62);
  EXPECT_EQ(read[0].last_timestamp_ms, -1);
  EXPECT_EQ(read[1].first_offset, 7);
  EXPECT_EQ(read[1].first_checksum, 0xf123456789abcdef);
  EXPECT_EQ(read[1].next_offset, 100);
  EXPECT_EQ(read[1].last_offset, 98);
  EXPECT_EQ(read[1].last_checksum, 0xfedcba9876543210);
  EXPECT_EQ(read[1].last_timestamp_ms, 1'732'000'000'123);
  EXPECT_EQ(read[1].counters, p.counters);
}

TEST_P(StoreContract, RejectsReadBackByteForByte) {
  const Run r = run();
  std::string every_byte;
  for (int i = 0; i < 256; ++i) every_byte += static_cast<char>(i);
  std::vector<core::Reject> rejects(4);
  rejects[0] = {0,          5,    1'732'000'000'123, core::RejectReason::kInvalidUtf8, "at 'x' \"y\"", every_byte,
                every_byte, false};
  rejects[1] = {0, 6, -1, core::RejectReason::kNullMessage, "", "", "", true};
  rejects[2] = {0, 7, 0, core::RejectReason::kEmptyMessage, "", "k", "", false};
  rejects[3] = {0, 8, 1, core::RejectReason::kMessageTooLarge, "long", "", std::string(3 << 20, 'z'), false};
  ASSERT_OK(r.session->flush([&](FlushSteps& steps) { return steps.write_rejects(rejects); }));
  const auto read = r.session->read_rejects(100).value();
  ASSERT_EQ(read.size(), rejects.size());
  for (std::size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].partition, rejects[i].partition);
    EXPECT_EQ(read[i].offset, rejects[i].offset);
    EXPECT_EQ(read[i].timestamp_ms, rejects[i].timestamp_ms) << i;
    EXPECT_EQ(read[i].reason, rejects[i].reason);
    EXPECT_EQ(read[i].detail, rejects[i].detail);
    EXPECT_TRUE(read[i].key == rejects[i].key) << i;
    EXPECT_TRUE(read[i].message == rejects[i].message) << i;
    EXPECT_EQ(read[i].is_null, rejects[i].is_null) << i;
  }
  EXPECT_EQ(r.session->read_rejects(2).value().size(), 2U);
  EXPECT_EQ(r.session->read_rejects(2).value()[1].offset, 6);
}

TEST_P(StoreContract, KeysHoldAnyText) {
  const Run r = run();
  const std::string texts[] = {"it's \"quoted\"",
                               "a; DROP TABLE product_sales; --",
                               std::string("nul\0in it", 9),
                               std::string("nul\0in", 6),
                               std::string("\0", 1),
                               "🖱️ rato",
                               "Impressora à laser",
                               " ",
                               "NULL",
                               "1",
                               "01",
                               "1.0",
                               std::string(core::kMaxKeyBytes, 'k'),
                               std::string(core::kMaxKeyBytes, 'K')};
  std::vector<CellWrite> products, clients;
  std::vector<std::string> pairs;
  for (const std::string& text : texts) pairs.push_back(core::make_key({text, "x" + text.substr(0, 100)}));
  for (std::size_t i = 0; i < std::size(texts); ++i) {
    const core::Cell cell{measures(std::to_string(i), "1", 1), 1};
    products.push_back({texts[i], 0, cell});
    clients.push_back({pairs[i], 0, cell});
  }
  ASSERT_OK(write_cells_and_totals(*r.session, kProductSales, products));
  ASSERT_OK(write_cells_and_totals(*r.session, kClientSales, clients));
  for (const TableIndex table : {kProductSales, kClientSales}) {
    const TotalsPage page = r.session->read_totals(table, {}).value();
    ASSERT_EQ(page.rows.size(), std::size(texts));
    for (std::size_t i = 0; i < page.rows.size(); ++i) {
      const std::size_t at = std::size(texts) - 1 - i;
      EXPECT_TRUE(page.rows[i].key == (table == kProductSales ? texts[at] : pairs[at])) << i;
    }
    std::vector<std::optional<core::Cell>> cells;
    const std::string_view key = table == kProductSales ? texts[2] : pairs[2];
    ASSERT_OK(r.session->read_partition_cells(table, 0, {&key, 1}, cells));
    EXPECT_TRUE(cells.at(0).has_value());
  }
}

TEST_P(StoreContract, KeysHoldWindowsOfTime) {
  using core::Dimension;
  Identity identity = contract_identity();
  identity.definition.order.time = core::FieldPath{{"at"}};
  identity.definition.timezone = "America/New_York";
  identity.definition.totals = {
      {"product_hours",
       {Dimension::kProduct, Dimension::kHour},
       {{"product", Dimension::kProduct}, {"hour", Dimension::kHour}, {"revenue", core::Measure::kRevenue}}},
      {"minutes", {Dimension::kMinute}, {{"minute", Dimension::kMinute}, {"revenue", core::Measure::kRevenue}}},
      {"month_days",
       {Dimension::kMonth, Dimension::kWeek, Dimension::kDay},
       {{"month", Dimension::kMonth},
        {"week", Dimension::kWeek},
        {"day", Dimension::kDay},
        {"revenue", core::Measure::kRevenue}}}};
  const std::vector<std::vector<std::string>> keys = {
      {core::make_key({"Mouse", "2024-11-03T01:00:00-04:00"}), core::make_key({"Mouse", "2024-11-03T01:00:00-05:00"}),
       core::make_key({"Mouse", "1890-01-01T00:00:00-05:00"})},
      {"2024-11-03T01:30:00-04:00", "1969-12-31T19:00:00-05:00", "9999-12-31T18:59:00-05:00"},
      {core::make_key({"2024-11-01", "2024-10-28", "2024-11-03"}),
       core::make_key({"0001-01-01", "0001-01-01", "0001-01-01"}),
       core::make_key({"9999-12-01", "9999-12-27", "9999-12-31"})}};
  Run writer = run(identity);
  for (TableIndex table = 0; table < keys.size(); ++table) {
    std::vector<CellWrite> cells;
    for (std::size_t i = 0; i < keys[table].size(); ++i)
      cells.push_back({keys[table][i], 0, {measures(std::to_string(10 - i), "1", 1), 7}});
    ASSERT_OK(write_cells_and_totals(*writer.session, table, cells));
    const auto page = writer.session->read_totals(table, {});
    ASSERT_OK(page);
    std::vector<std::string> found;
    for (const core::TotalsRow& row : page->rows) found.push_back(row.key);
    EXPECT_EQ(found, keys[table]);
    for (const std::string& key : keys[table]) EXPECT_EQ(cells_of(*writer.session, table, {key}).size(), 1U) << key;
  }
}

TEST_P(StoreContract, NumbersAreExact) {
  const Run r = run();
  constexpr auto kMost = static_cast<core::Decimal::Int128>(~static_cast<unsigned __int128>(0) >> 1);
  const core::Measures extremes[] = {
      measures("0.1", "0.000000001", 1),
      measures("-12.5", "-3", 2),
      measures("0", "0", 0),
      {core::Decimal::from_scaled(kMost), core::Decimal::from_scaled(-kMost - 1), INT64_MAX}};
  std::int32_t partition = 0;
  std::vector<CellWrite> cells;
  for (const core::Measures& m : extremes) cells.push_back({"Mouse", partition++, {m, 1}});
  ASSERT_OK(write_cells(*r.session, kProductSales, cells));
  const auto read = cells_of(*r.session, kProductSales, {"Mouse"});
  ASSERT_EQ(read.size(), std::size(extremes));
  for (std::size_t i = 0; i < read.size(); ++i) EXPECT_EQ(read[i].cell.measures, extremes[i]) << i;
  ASSERT_OK(write_totals(*r.session, kProductSales, {{"Mouse", extremes[3], 1}}));
  EXPECT_EQ(r.session->read_totals(kProductSales, {.rows = 1}).value().rows.at(0).measures, extremes[3]);
}

}  // namespace salestream::store
