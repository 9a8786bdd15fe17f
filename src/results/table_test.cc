// SPDX-License-Identifier: Apache-2.0
#include "results/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace salestream::results {
namespace {

using core::Decimal;
using core::Dimension;
using core::Measure;
using ::testing::ElementsAre;

core::TotalsRow row(std::string key, Decimal revenue, Decimal units, std::int64_t orders) {
  return {std::move(key), {revenue, units, orders}, 0};
}

Decimal decimal(std::string_view text) { return core::parse_number(text).value; }

core::TotalsTable sales_table() {
  return {"product_sales",
          {Dimension::kProduct},
          {{"product_name", Dimension::kProduct},
           {"total_sales", Measure::kRevenue},
           {"units", Measure::kUnits},
           {"orders", Measure::kOrders}}};
}

Table names_table(std::vector<std::string> names) {
  Table table{{{"name", CellType::kText}, {"n", CellType::kInteger}}, {}};
  for (std::string& name : names) table.rows.push_back({std::move(name), "1"});
  return table;
}

std::string to_csv(const Table& table) {
  std::string text = csv_header(table.columns);
  for (const auto& each : table.rows) text += csv_line(each);
  return text;
}

std::string to_json(const Table& table) {
  base::JsonWriter json;
  json.begin_array(base::JsonWriter::Layout::kLines);
  for (const auto& each : table.rows) write_row(json, table.columns, each);
  return json.end_array().take() + '\n';
}

TEST(Table, MeasuresHaveTheirFractionDigits) {
  const std::vector<core::TotalsRow> rows{row("Laptop", decimal("123.5"), decimal("2.50"), 3),
                                          row("Mouse", decimal("0.123456789"), decimal("2"), 1)};
  const Table table = make_table(sales_table(), rows);
  EXPECT_THAT(table.rows[0], ElementsAre("Laptop", "123.50", "2.5", "3"));
  EXPECT_THAT(table.rows[1], ElementsAre("Mouse", "0.123456789", "2", "1"));
}

TEST(Table, ColumnsKeepTheFilesOrderAndTakeTheirPartOfTheKey) {
  const core::TotalsTable definition{
      "both",
      {Dimension::kProduct, Dimension::kClient},
      {{"client", Dimension::kClient}, {"orders", Measure::kOrders}, {"product", Dimension::kProduct}}};
  const std::vector<core::TotalsRow> rows{row(core::make_key({"Mouse", "529.982.247-25"}), {}, {}, 7)};
  EXPECT_THAT(make_table(definition, rows).rows[0], ElementsAre("529.982.247-25", "7", "Mouse"));
}

TEST(Csv, FollowsRfc4180AndKeepsTheBytes) {
  Table table = names_table({"plain", "comma, inside", "say \"hi\"", "two\nlines", "\x1b[0m", "Maçã"});
  EXPECT_EQ(to_csv(table),
            "name,n\r\n"
            "plain,1\r\n"
            "\"comma, inside\",1\r\n"
            "\"say \"\"hi\"\"\",1\r\n"
            "\"two\nlines\",1\r\n"
            "\x1b[0m,1\r\n"
            "Maçã,1\r\n");
}

TEST(Json, DecimalsAreStringsAndIntegersAreNumbers) {
  const std::vector<core::TotalsRow> rows{row("Say \"hi\"\n\\", decimal("9007199254740993.1"), decimal("3"), 3)};
  EXPECT_EQ(to_json(make_table(sales_table(), rows)),
            "[\n"
            "  {\"product_name\": \"Say \\\"hi\\\"\\u000a\\\\\", \"total_sales\": \"9007199254740993.10\", "
            "\"units\": \"3\", \"orders\": 3}\n"
            "]\n");
}

TEST(Json, WithoutRowsIsAnEmptyArray) { EXPECT_EQ(to_json(make_table(sales_table(), {})), "[]\n"); }

}  // namespace
}  // namespace salestream::results
