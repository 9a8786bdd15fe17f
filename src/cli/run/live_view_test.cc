// SPDX-License-Identifier: Apache-2.0
#include "cli/run/live_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/terminal/text.h"

namespace salestream::cli {
namespace {

using results::CellType;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

results::ShownTable shown_table(std::string name, int rows, std::int64_t all_rows) {
  results::ShownTable table{
      std::move(name), {{{"product", CellType::kText}, {"units", CellType::kDecimal}}, {}}, all_rows};
  for (int i = 0; i < rows; ++i) table.top.rows.push_back({"product " + std::to_string(i), std::to_string(100 - i)});
  return table;
}

LiveView view_of(std::vector<results::ShownTable> tables) {
  LiveView view{
      .pipeline = "ecommerce_sales", .source = "topic ecommerce_sales at localhost:9092", .store = "sqlite:sales.db"};
  view.snapshot.tables = std::move(tables);
  view.snapshot.counters.orders = 1'234'567;
  view.orders_per_second = 12'345;
  return view;
}

TEST(LiveView, ShowsWhatAPersonWantsToKnow) {
  LiveView view = view_of({shown_table("sales", 2, 2)});
  view.snapshot.counters.rejects[static_cast<int>(core::RejectReason::kInvalidJson)] = 12;
  view.snapshot.counters.wrong_totals = 3;
  view.lag_messages = 1'500;
  EXPECT_THAT(live_lines(view, {100, 30}, false),
              ElementsAre("ecommerce_sales: topic ecommerce_sales at localhost:9092 → sqlite:sales.db",
                          "1,234,567 orders, 12,345/s; 1,500 messages behind; 12 rejects (invalid_json 12); "
                          "3 wrong totals",
                          "+---------+-----+", "|product  |units|", "+---------+-----+", "|product 0|100  |",
                          "|product 1|99   |", "+---------+-----+"));
}

TEST(LiveView, SaysWhetherItHasCaughtUp) {
  LiveView view = view_of({});
  EXPECT_THAT(live_lines(view, {100, 30}, false)[1], HasSubstr("; reading;"));
  view.is_caught_up = true;
  EXPECT_THAT(live_lines(view, {100, 30}, false)[1], HasSubstr("; caught up;"));
  view.lag_messages = 7;
  EXPECT_THAT(live_lines(view, {100, 30}, false)[1], HasSubstr("; 7 messages behind;"));
  view.is_source_silent = true;
  EXPECT_THAT(live_lines(view, {100, 30}, false)[1], HasSubstr("; the source does not answer;"));
  view.is_stopping = true;
  EXPECT_THAT(live_lines(view, {100, 30}, false)[1], HasSubstr("; stopping"));
}

TEST(LiveView, FitsEveryTerminal) {
  LiveView view = view_of({shown_table("sales", 20, 1000), shown_table("clients", 20, 20), shown_table("few", 1, 1)});
  view.snapshot.tables[0].top.rows[3][0] = "a product whose name is a great deal longer than it has any reason to be";
  view.progress = "[=====>     ]  46 %";
  for (int width = 1; width < 120; width += 7) {
    for (int height = 1; height < 80; ++height) {
      const std::vector<std::string> lines = live_lines(view, {width, height}, false);
      EXPECT_LE(lines.size(), static_cast<std::size_t>(std::max(1, height - 1)));
      for (const std::string& line : lines) EXPECT_LE(display_width(line), width) << line;
    }
  }
}

TEST(LiveView, SaysHowManyRowsAreLeftOut) {
  EXPECT_THAT(live_lines(view_of({shown_table("sales", 20, 1000)}), {80, 60}, false), Contains("… and 980 more"));
  // 24 lines, less one for the cursor, two of header, four of frame and the one that says so.
  EXPECT_THAT(live_lines(view_of({shown_table("sales", 20, 1000)}), {80, 24}, false), Contains("… and 984 more"));
  EXPECT_THAT(live_lines(view_of({shown_table("sales", 20, 20)}), {80, 60}, false), Not(Contains(HasSubstr("more"))));
}

TEST(LiveView, TablesShareTheHeight) {
  const auto lines = live_lines(view_of({shown_table("big", 20, 20), shown_table("small", 2, 2)}), {80, 30}, false);
  EXPECT_THAT(lines, Contains("big"));
  EXPECT_THAT(lines, Contains("small"));
  // What the small one doesn't need, the big one gets.
  EXPECT_THAT(lines, Contains("|product 1 |99   |"));
  EXPECT_THAT(lines, Contains("|product 12|88   |"));
}

TEST(LiveView, ColorsOnlyWhenAskedTo) {
  for (const std::string& line : live_lines(view_of({shown_table("a", 3, 3)}), {80, 30}, false))
    EXPECT_THAT(line, Not(HasSubstr("\x1b")));
  EXPECT_THAT(live_lines(view_of({}), {80, 30}, true)[0], HasSubstr("\x1b[1m"));
}

}  // namespace
}  // namespace salestream::cli
