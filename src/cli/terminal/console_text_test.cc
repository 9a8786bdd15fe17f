// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/console_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace salestream::cli {
namespace {

using results::CellType;
using ::testing::HasSubstr;
using ::testing::Not;

results::ShownTable one_row(std::string name, std::int64_t all_rows) {
  return {std::move(name),
          {{{"product", CellType::kText}, {"units", CellType::kDecimal}}, {{"product 0", "100"}}},
          all_rows};
}

TEST(ConsoleText, NamesTablesWhenThereIsMoreThanOne) {
  EXPECT_THAT(to_console_text(std::vector{one_row("sales", 1)}), Not(HasSubstr("sales")));
  EXPECT_EQ(to_console_text(std::vector{one_row("sales", 1), one_row("top", 3)}),
            "sales\n"
            "+---------+-----+\n|product  |units|\n+---------+-----+\n|product 0|100  |\n+---------+-----+\n"
            "top\n"
            "+---------+-----+\n|product  |units|\n+---------+-----+\n|product 0|100  |\n+---------+-----+\n"
            "… and 2 more\n");
}

// One long name pads every row: a table of many rows would be gigabytes of spaces.
TEST(ConsoleText, EndsAtALimitOfBytesAndSaysHowManyRowsThereAreMore) {
  results::ShownTable table{"sales", {{{"product", CellType::kText}, {"units", CellType::kDecimal}}, {}}, 5'000};
  table.top.rows.push_back({std::string(10'000, 'x'), "100"});
  for (int i = 1; i < 1'000; ++i) table.top.rows.push_back({"产品", "1"});
  const std::string text = to_console_text(std::vector{table}, {.max_bytes = 100'000});
  EXPECT_LT(text.size(), 100'000U + 4 * 10'100U);
  EXPECT_THAT(text, ::testing::EndsWith("+\n… and 4,991 more\n"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4 + 9 + 1);

  table.top.rows.erase(table.top.rows.begin());
  EXPECT_THAT(to_console_text(std::vector{table}, {.max_bytes = 100'000}), HasSubstr("… and 4,001 more\n"))
      << "short names fit";
  EXPECT_THAT(to_console_text(std::vector{table}), HasSubstr("… and 4,001 more\n"));
}

// A name that is cut pads the others only as far as it is shown.
TEST(ConsoleText, ItsLimitIsOfBytesThatAreShown) {
  results::ShownTable table{"sales", {{{"product", CellType::kText}, {"units", CellType::kDecimal}}, {}}, 1'000};
  table.top.rows.push_back({std::string(10'000, 'x'), "100"});
  for (int i = 1; i < 1'000; ++i) table.top.rows.push_back({"product", "1"});
  const TableStyle style{.max_text_columns = 20, .max_bytes = 30'000};
  const std::string text = to_console_text(std::vector{table}, style);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4 + 1'000);
  EXPECT_LT(text.size(), 30'000U + 4 * 40U);
}

TEST(ConsoleText, SaysWhatHasBecomeOfRejectedMessages) {
  core::Counters counters;
  EXPECT_EQ(rejects_text(counters, std::nullopt), "no rejects");
  counters.rejects[static_cast<int>(core::RejectReason::kInvalidJson)] = 1'000;
  EXPECT_EQ(rejects_text(counters), "1,000 rejects (invalid_json 1,000)");
  EXPECT_EQ(rejects_text(counters, rejects::ResentCount{1'000, 0}), "1,000 rejects (invalid_json 1,000)");
  EXPECT_EQ(rejects_text(counters, rejects::ResentCount{0, 1'000}),
            "1,000 rejects: 0 open, 1,000 sent again (invalid_json 1,000)");
  EXPECT_EQ(rejects_text(counters, std::nullopt), "1,000 rejects: how many are open is not known (invalid_json 1,000)");
}

}  // namespace
}  // namespace salestream::cli
