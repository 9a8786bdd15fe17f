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

}  // namespace
}  // namespace salestream::cli
