// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/terminal/text.h"

namespace salestream::cli {
namespace {

using core::Decimal;
using core::Dimension;
using core::Measure;
using ::testing::ElementsAre;

core::TotalsRow row(std::string key, Decimal revenue, Decimal units, std::int64_t orders) {
  return {std::move(key), {revenue, units, orders}, 0};
}

core::TotalsTable units_table() {
  return {"vendas", {Dimension::kProduct}, {{"produto", Dimension::kProduct}, {"quantidade_total", Measure::kUnits}}};
}

Table names_table(std::vector<std::string> names) {
  Table table{{{"name", CellType::kText}, {"n", CellType::kInteger}}, {}};
  for (std::string& name : names) table.rows.push_back({std::move(name), "1"});
  return table;
}

TEST(Table, IsWhatSparksConsolePrints) {
  std::vector<core::TotalsRow> rows;
  const std::pair<const char*, int> sold[] = {{"Headset", 25}, {"Mouse", 31},      {"Notebook", 15},
                                              {"Monitor", 7},  {"Impressora", 26}, {"Teclado", 33}};
  for (const auto& [name, units] : sold) rows.push_back(row(name, {}, Decimal::from_integer(units), 1));
  EXPECT_EQ(to_console_text(results::make_table(units_table(), rows)),
            "+----------+----------------+\n"
            "|produto   |quantidade_total|\n"
            "+----------+----------------+\n"
            "|Headset   |25              |\n"
            "|Mouse     |31              |\n"
            "|Notebook  |15              |\n"
            "|Monitor   |7               |\n"
            "|Impressora|26              |\n"
            "|Teclado   |33              |\n"
            "+----------+----------------+\n");
}

TEST(Table, WithoutRowsIsItsHeader) {
  EXPECT_EQ(to_console_text(results::make_table(units_table(), {})),
            "+-------+----------------+\n"
            "|produto|quantidade_total|\n"
            "+-------+----------------+\n"
            "+-------+----------------+\n");
}

TEST(Table, ColumnsAreAtLeastThreeWideAsSparksAre) {
  EXPECT_EQ(table_lines(Table{{{"a", CellType::kText}}, {{"b"}}})[1], "|a  |");
}

TEST(Table, WideAndCombiningCharactersKeepTheBordersStraight) {
  const std::vector<std::string> lines =
      table_lines(names_table({"Maçã", "Mac\u0327a\u0303", "笔记本电脑", "🎧 Fone", "ａ"}));
  for (const std::string& line : lines) EXPECT_EQ(display_width(line), display_width(lines[0])) << line;
  EXPECT_EQ(lines[5], "|笔记本电脑|1  |");
  EXPECT_EQ(lines[4], "|Mac\u0327a\u0303      |1  |");
}

TEST(Table, NamesCannotSteerTheTerminal) {
  const std::string text = to_console_text(names_table({"\x1b[2J\x1b]0;owned\x07", "two\nlines", "a\rb\tc",
                                                        "\xc2\x9b"
                                                        "31m",
                                                        "\xff\xfe", "right\u202eleft"}));
  for (const char c : text) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << static_cast<int>(c);
  EXPECT_EQ(text.find("\xc2\x9b"), std::string::npos);
  EXPECT_EQ(text.find("\u202e"), std::string::npos);
  EXPECT_NE(text.find("\\x1b[2J"), std::string::npos);
  EXPECT_NE(text.find("two\\x0alines"), std::string::npos);
  EXPECT_NE(text.find("right\\u{202e}left"), std::string::npos);
}

TEST(Table, LongNamesAreCutToFitNumbersAreNot) {
  Table table = names_table({"a product with quite a long name", "short"});
  table.rows[0][1] = "123456789.01";
  const std::vector<std::string> lines = table_lines(table, {.max_width_columns = 30});
  for (const std::string& line : lines) EXPECT_EQ(display_width(line), 30) << line;
  EXPECT_EQ(lines[3], "|a product with…|123456789.01|");
}

TEST(Table, OnATerminalNumbersStandToTheRightInGroups) {
  const Table table{{{"name", CellType::kText}, {"revenue", CellType::kDecimal}, {"orders", CellType::kInteger}},
                    {{"Mouse", "1234567.89", "1000"}, {"Pen", "-0.5", "999"}, {"Cap", "-1234", "-"}}};
  EXPECT_EQ(to_console_text(table, {.has_aligned_numbers = true}),
            "+-----+------------+------+\n"
            "|name |     revenue|orders|\n"
            "+-----+------------+------+\n"
            "|Mouse|1,234,567.89| 1,000|\n"
            "|Pen  |        -0.5|   999|\n"
            "|Cap  |      -1,234|     -|\n"
            "+-----+------------+------+\n");
  EXPECT_EQ(table_lines(table, {.max_width_columns = 26, .has_aligned_numbers = true})[3], "|Mouse|1234567.89|  1000|")
      << "no groups where there is no room for them";
}

TEST(Table, OneLongNameDoesNotPadEveryRow) {
  const Table table = names_table({std::string(200, 'x'), "Mouse"});
  const auto lines = table_lines(table, {.max_width_columns = 150, .max_text_columns = 20});
  EXPECT_EQ(lines[3], "|" + std::string(19, 'x') + "…|1  |");
  EXPECT_EQ(lines[4], "|Mouse               |1  |");
  EXPECT_EQ(display_width(table_lines(table)[4]), 206) << "whole, where other programs may read it";
}

TEST(Table, CutsFirstWhatMaySoonestBeCut) {
  const Table table{{{"time", CellType::kText}, {"message", CellType::kText}},
                    {{"2024-11-03T14:25:07Z", std::string(100, 'm')}}};
  const auto lines = table_lines(table, {.max_width_columns = 40, .max_text_columns = 10, .cut_first = {1}});
  EXPECT_EQ(lines[3], "|2024-11-0…|" + std::string(26, 'm') + "…|");
  EXPECT_EQ(table_lines(table, {.max_width_columns = 33, .cut_first = {1}})[3], "|2024-11-03T14:25:07Z|mmmmmmmmm…|");
}

TEST(TableLayout, MakesTheSameLinesRowByRow) {
  Table table{{{"name", CellType::kText}, {"a\x1bz", CellType::kText}, {"revenue", CellType::kDecimal}}, {}};
  for (const int digits : {1, 6, 9}) {
    table.rows.push_back({std::string(static_cast<std::size_t>(digits * 6), 'n'), "\x1b[0m 漢字",
                          std::string(static_cast<std::size_t>(digits), '7') + ".25"});
    for (const TableStyle& style :
         {TableStyle{}, TableStyle{.max_width_columns = 40, .max_text_columns = 48, .has_aligned_numbers = true},
          TableStyle{.max_width_columns = 26, .has_aligned_numbers = true}, TableStyle{.max_text_columns = 20}}) {
      TableLayout layout(table.columns, style);
      for (const auto& each : table.rows) layout.measure(each);
      layout.settle();
      std::vector<std::string> lines{layout.border(), layout.header(), layout.border()};
      for (const auto& each : table.rows) lines.push_back(layout.line(each));
      lines.push_back(layout.border());
      EXPECT_EQ(lines, table_lines(table, style)) << digits << " " << style.max_width_columns;
    }
  }
}

TEST(TableLayout, EndsAtTheLimitOnBytes) {
  const Table table{{{"a", CellType::kInteger}}, std::vector(100, std::vector<std::string>{"1234"})};
  const TableStyle style{.max_bytes = 100};  // |1234| and a line end: seven
  TableLayout layout(table.columns, style);
  for (std::size_t i = 0; i < table.rows.size(); ++i) EXPECT_EQ(layout.measure(table.rows[i]), i < 14) << i;
  layout.settle();
  EXPECT_EQ(layout.rows(), 14U);
  EXPECT_EQ(table_lines(table, style).size(), 14 + kFrameLines);
  // In groups each is a byte longer, and there are fewer; where there is no room for groups, there are as many again.
  EXPECT_EQ(table_lines(table, {.has_aligned_numbers = true, .max_bytes = 100}).size(), 12 + kFrameLines);
  EXPECT_EQ(table_lines(table, {.max_width_columns = 6, .has_aligned_numbers = true, .max_bytes = 100}).size(),
            14 + kFrameLines);
}

}  // namespace
}  // namespace salestream::cli
