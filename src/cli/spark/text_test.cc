// SPDX-License-Identifier: Apache-2.0
#include "cli/spark/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace salestream::cli {
namespace {

using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

TableQuery catching_up() {
  TableQuery query;
  query.table = "product_sales";
  query.id = spark::QueryId{"an-id", "a-run"};
  query.status = {true, true, "Processing new data"};
  spark::QueryProgress progress;
  progress.batch = 12;
  progress.batch_ms = 1'200;
  progress.messages = 50'000;
  progress.messages_per_second = 41'000;
  progress.state_rows = 20;
  progress.next_offsets = 250'000;
  progress.end_offsets = 1'000'000;
  progress.metrics = {{"messages", 50'000}, {"orders", 49'997}, {"rejects_invalid_json", 2}, {"rejects_too_deep", 1}};
  query.progress = progress;
  return query;
}

TableQuery not_running() {
  TableQuery query;
  query.table = "hours";
  return query;
}

SparkView view_of(std::vector<TableQuery> queries) {
  return {"sales", "sc://spark:15002", "3.5.7", "http://spark:4040", std::move(queries)};
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return text;
}

TEST(SparkText, BatchLineHasRateLagStateAndRejects) {
  EXPECT_THAT(batch_line(catching_up()), AllOf(HasSubstr("product_sales: batch 12: 50,000 messages in 1.2 s, 41,000/s"),
                                               HasSubstr("750,000 messages behind"), HasSubstr("20 rows of state"),
                                               HasSubstr("3 rejects left out")));
  TableQuery caught_up = catching_up();
  caught_up.progress->next_offsets = 1'000'000;
  caught_up.progress->metrics.clear();
  EXPECT_THAT(batch_line(caught_up), AllOf(HasSubstr("caught up"), Not(HasSubstr("rejects"))));
  EXPECT_EQ(batch_line(not_running()), "hours: not running");
}

TEST(SparkText, StatusHasARowForEachTable) {
  const std::string text = to_spark_text(view_of({catching_up(), not_running()}));
  EXPECT_THAT(text, AllOf(HasSubstr("pipeline    sales"), HasSubstr("sc://spark:15002, Spark 3.5.7"),
                          HasSubstr("monitoring  http://spark:4040"), HasSubstr("rejects in it"), HasSubstr("|3 "),
                          HasSubstr("Processing new data"), HasSubstr("not running")));
}

TEST(SparkText, ShowsABarWhileCatchingUp) {
  // It began at 50,000 of 1,000,000, and 200,000 came in 10 s.
  const std::string lines = joined(spark_live_lines(view_of({catching_up()}), 50'000, 10, "", {100, 24}, false));
  EXPECT_THAT(lines, AllOf(HasSubstr("Spark's monitoring page: http://spark:4040"), HasSubstr("21 %"),
                           HasSubstr("200,000 of 950,000 messages"), HasSubstr("20,000/s")));
  TableQuery caught_up = catching_up();
  caught_up.progress->next_offsets = 1'000'000;
  EXPECT_THAT(joined(spark_live_lines(view_of({caught_up}), 50'000, 10, "", {100, 24}, false)),
              AllOf(HasSubstr("\ncaught up\n"), Not(HasSubstr("%"))));
  EXPECT_THAT(joined(spark_live_lines(view_of({catching_up()}), 50'000, 10, "no answer", {100, 24}, false)),
              HasSubstr("\nno answer\n"));
}

TEST(SparkText, NeverOverrunsTheScreen) {
  SparkView view = view_of(std::vector<TableQuery>(30, catching_up()));
  view.remote = std::string(300, 'x');
  const auto lines = spark_live_lines(view, 0, 1, "", {40, 10}, false);
  EXPECT_THAT(lines, SizeIs(9));
  EXPECT_THAT(lines,
              Each(testing::ResultOf([](const std::string& line) { return line.size(); }, testing::Le(3 * 40U))));
}

// What a server says of itself may be anything.
TEST(SparkText, ShowsNothingRawThatComesFromTheServer) {
  TableQuery query = catching_up();
  query.table = "a\x1b[2Jb";
  query.status.message = "c\x1b]0;d\a";
  SparkView view = view_of({query});
  view.spark_version = "3.5\x1b[31m";
  view.page = "http://\x1b[0m";
  for (const std::string& text : {to_spark_text(view), joined(spark_live_lines(view, 0, 1, "e\x1b", {100, 24}, false)),
                                  batch_line(query), to_spark_json(view)})
    EXPECT_THAT(text, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\a"))));
}

}  // namespace
}  // namespace salestream::cli
