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
  view.resent = rejects::ResentCount{};
  view.orders_per_second = 12'345;
  return view;
}

TEST(LiveView, ShowsWhatAPersonWantsToKnow) {
  LiveView view = view_of({shown_table("sales", 2, 2)});
  view.snapshot.counters.rejects[static_cast<int>(core::RejectReason::kInvalidJson)] = 12;
  view.snapshot.counters.wrong_totals = 3;
  view.freshness = results::Freshness::kCatchingUp;
  view.lag = 1'500;
  EXPECT_THAT(live_lines(view, {100, 30}, false),
              ElementsAre("ecommerce_sales: topic ecommerce_sales at localhost:9092 → sqlite:sales.db",
                          "1,234,567 orders, 12,345/s; 1,500 messages behind; 12 rejects (invalid_json 12); "
                          "3 wrong totals",
                          "+---------+-----+", "|product  |units|", "+---------+-----+", "|product 0|  100|",
                          "|product 1|   99|", "+---------+-----+"));
}

TEST(LiveView, TellsOpenRejectsFromThoseThatWereSentAgain) {
  LiveView view = view_of({});
  view.snapshot.counters.rejects[static_cast<int>(core::RejectReason::kInvalidJson)] = 12;
  const auto said = [&](std::optional<rejects::ResentCount> resent) {
    view.resent = resent;
    return live_lines(view, {150, 30}, false)[1];
  };
  EXPECT_THAT(said(rejects::ResentCount{10, 2}), HasSubstr("; 12 rejects: 10 open, 2 sent again (invalid_json 12)"));
  EXPECT_THAT(said(rejects::ResentCount{12, 0}), HasSubstr("; 12 rejects (invalid_json 12)"));
  EXPECT_THAT(said(std::nullopt), HasSubstr("; 12 rejects: how many are open is not known (invalid_json 12)"));
  view.snapshot.counters.rejects = {};
  EXPECT_THAT(said(std::nullopt), HasSubstr("; no rejects"));
}

TEST(LiveView, OneIsOne) {
  LiveView view = view_of({});
  view.snapshot.counters.orders = view.snapshot.counters.wrong_totals = view.snapshot.counters.duplicates = 1;
  view.being_saved = view.lag = view.held_back = 1;
  view.freshness = results::Freshness::kCatchingUp;
  EXPECT_EQ(live_lines(view, {150, 30}, false)[1],
            "1 order, 12,345/s; 1 message behind; no rejects; 1 message being saved; 1 wrong total; 1 duplicate");
  view.freshness = results::Freshness::kTransactionOpen;
  EXPECT_THAT(live_lines(view, {150, 30}, false)[1], HasSubstr("but for 1 offset behind an open transaction"));
}

TEST(LiveView, OneLongNameDoesNotPadEveryRow) {
  LiveView view = view_of({shown_table("sales", 2, 2)});
  view.snapshot.tables[0].top.rows[0] = {std::string(150, 'x'), "1234567.5"};
  const auto lines = live_lines(view, {200, 30}, false);
  EXPECT_EQ(lines[5], "|" + std::string(47, 'x') + "…|1,234,567.5|");
  EXPECT_EQ(lines[6], "|product 1" + std::string(39, ' ') + "|         99|");
}

TEST(LiveView, SaysWhetherItHasCaughtUp) {
  using results::Freshness;
  const auto said = [](Freshness freshness) {
    LiveView view = view_of({});
    view.freshness = freshness;
    view.lag = 7;
    view.held_back = 500;
    return live_lines(view, {120, 30}, false)[1];
  };
  EXPECT_THAT(said(Freshness::kStarting), HasSubstr("; starting;"));
  EXPECT_THAT(said(Freshness::kUpToDate), HasSubstr("; caught up;"));
  EXPECT_THAT(said(Freshness::kCatchingUp), HasSubstr("; 7 messages behind;"));
  EXPECT_THAT(said(Freshness::kTransactionOpen), HasSubstr("500 offsets behind an open transaction;"));
  EXPECT_THAT(said(Freshness::kWaitingForStore), HasSubstr("; waiting for the store;"));
  EXPECT_THAT(said(Freshness::kWaitingForSource), HasSubstr("; the source does not answer;"));
  EXPECT_THAT(said(Freshness::kStopping), HasSubstr("; stopping"));
}

TEST(LiveView, SaysWhatIsNotInTheStoreYet) {
  LiveView view = view_of({});
  EXPECT_THAT(live_lines(view, {120, 30}, false)[1], Not(HasSubstr("being saved")));
  view.being_saved = 2'000;
  EXPECT_THAT(live_lines(view, {120, 30}, false)[1], HasSubstr("; 2,000 messages being saved"));
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
  EXPECT_THAT(lines, Contains("|product 1 |   99|"));
  EXPECT_THAT(lines, Contains("|product 12|   88|"));
}

TEST(LiveView, ColorsOnlyWhenAskedTo) {
  for (const std::string& line : live_lines(view_of({shown_table("a", 3, 3)}), {80, 30}, false))
    EXPECT_THAT(line, Not(HasSubstr("\x1b")));
  EXPECT_THAT(live_lines(view_of({}), {80, 30}, true)[0], HasSubstr("\x1b[1m"));
}

}  // namespace
}  // namespace salestream::cli
