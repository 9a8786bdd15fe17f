// SPDX-License-Identifier: Apache-2.0
#include "cli/status_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace salestream::cli {
namespace {

using ::testing::HasSubstr;

core::PartitionProgress progress_of(core::PartitionId partition, core::Offset next, std::int64_t orders) {
  core::PartitionProgress progress;
  progress.partition = partition;
  progress.next_offset = next;
  progress.counters.messages = orders + 2;
  progress.counters.orders = orders;
  progress.counters.items = orders * 2;
  progress.counters.wrong_totals = 1;
  progress.counters.rejects[static_cast<int>(core::RejectReason::kMissingField)] = 2;
  return progress;
}

PipelineStatus status_of(std::vector<core::PartitionProgress> progress, std::vector<source::PartitionRange> ranges) {
  PipelineStatus status{"p", "topic t at localhost:9092",    "sqlite:s.db", "messages",
                        "",  results::join(progress, ranges)};
  status.resent = rejects::ResentCount{};
  return status;
}

TEST(StatusText, ShowsTheStoresPartWithoutTheSource) {
  const auto joined = results::join({progress_of(1, 50, 48)}, {});
  EXPECT_FALSE(joined[0].lag.has_value());
  EXPECT_EQ(joined[0].stored->next_offset, 50);
}

TEST(StatusText, IsATableForPeople) {
  PipelineStatus status = status_of({progress_of(1, 50, 48)}, {{0, 10, 30}, {1, 0, 80}});
  status.partitions[1].lag_seconds = 1.25;
  status.freshness = results::Freshness::kCatchingUp;
  EXPECT_EQ(to_status_text(status),
            "pipeline  p\n"
            "source    topic t at localhost:9092\n"
            "store     sqlite:s.db\n"
            "state     50 messages are still to be counted\n"
            "+---------+------------+----------+------+-------+------+-------+-----+\n"
            "|partition|stored up to|source end|behind|seconds|orders|rejects|wrong|\n"
            "+---------+------------+----------+------+-------+------+-------+-----+\n"
            "|0        |-           |30        |20    |-      |0     |0      |0    |\n"
            "|1        |50          |80        |30    |1.2    |48    |2      |1    |\n"
            "+---------+------------+----------+------+-------+------+-------+-----+\n"
            "48 orders, 2 rejects (missing_field 2), 1 wrong total\n");
}

TEST(StatusText, OneMessageIsNotMany) {
  PipelineStatus status = status_of({progress_of(1, 79, 48)}, {{1, 0, 80}});
  status.freshness = results::Freshness::kCatchingUp;
  EXPECT_THAT(to_status_text(status), HasSubstr("state     1 message is still to be counted\n"));
}

TEST(StatusText, TellsOpenRejectsFromThoseThatWereSentAgain) {
  PipelineStatus status = status_of({progress_of(1, 50, 48)}, {});
  status.resent = rejects::ResentCount{1, 1};
  EXPECT_THAT(to_status_text(status), HasSubstr("48 orders, 2 rejects (missing_field 2), 1 wrong total\n"
                                                "rejects: 1 open, 1 sent again\n"));
  EXPECT_THAT(to_status_json(status), HasSubstr("\"open_rejects\": 1,\n  \"resent\": 1"));
  status.resent.reset();
  EXPECT_THAT(to_status_text(status), HasSubstr("how many of them were sent again is not counted\n"));
  EXPECT_THAT(to_status_json(status), HasSubstr("\"resent\": null"));
}

TEST(StatusText, FitsATerminalOf80Columns) {
  PipelineStatus status = status_of({progress_of(1, 9'876'543'210, 1'234'567'890)}, {{1, 0, 9'999'999'999}});
  status.partitions[0].lag_seconds = 86'400.5;
  const std::string text = to_status_text(status, {.max_width_columns = 80, .has_aligned_numbers = true});
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
  EXPECT_THAT(text, HasSubstr("|        1|  9876543210|9999999999|"));
}

TEST(StatusText, IsJsonForPrograms) {
  EXPECT_EQ(
      to_status_json(status_of({progress_of(1, 50, 48)}, {{1, 5, 80, 7}})),
      "{\n"
      "  \"pipeline\": \"p\",\n"
      "  \"source\": \"topic t at localhost:9092\",\n"
      "  \"store\": \"sqlite:s.db\",\n"
      "  \"unit\": \"messages\",\n"
      "  \"state\": null,\n"
      "  \"held_back\": 7,\n"
      "  \"log_error\": null,\n"
      "  \"total\": {\"messages\": 50, \"orders\": 48, \"items\": 96, \"wrong_totals\": 1, "
      "\"duplicates\": 0, \"left_out\": 0, \"rejects\": {\"missing_field\": 2}},\n"
      "  \"open_rejects\": 0,\n"
      "  \"resent\": 0,\n"
      "  \"partitions\": [\n"
      "    {\"partition\": 1, \"next_offset\": 50, \"log_start\": 5, \"log_end\": 80, \"lag\": 30, "
      "\"held_back\": 7, \"lag_seconds\": null, \"messages\": 50, \"orders\": 48, \"items\": 96, \"wrong_totals\": 1, "
      "\"duplicates\": 0, \"left_out\": 0, \"rejects\": {\"missing_field\": 2}}\n"
      "  ]\n"
      "}\n");
}

TEST(StatusText, SaysWhatTheTotalsAreWorth) {
  using results::Freshness;
  PipelineStatus status = status_of({progress_of(0, 80, 78)}, {{0, 0, 80, 500}});
  const auto said = [&](Freshness freshness) {
    status.freshness = freshness;
    return to_status_text(status);
  };
  EXPECT_THAT(said(Freshness::kUpToDate), HasSubstr("state     up to date: nothing is missing\n"));
  EXPECT_THAT(said(Freshness::kTransactionOpen), HasSubstr("500 offsets that can't be read yet"));
  EXPECT_THAT(said(Freshness::kWaitingForSource), HasSubstr("state     not known: the source can't be read\n"));
}

TEST(StatusText, ASourceThatARunRefusesHasAStateOfItsOwn) {
  PipelineStatus status = status_of({progress_of(1, 50, 48)}, {{1, 0, 50}});
  status.freshness = results::Freshness::kUpToDate;
  status.is_other_source = true;
  EXPECT_THAT(to_status_text(status), HasSubstr("state     refused: this is not the source that was counted\n"));
  EXPECT_THAT(to_status_json(status), HasSubstr("\"state\": \"other_source\",\n"));
}

TEST(StatusText, WarnsWhereMessagesAreGoneThatWereNeverCounted) {
  EXPECT_THAT(to_status_text(status_of({progress_of(1, 50, 48)}, {{1, 60, 90}})),
              HasSubstr("10 offsets from 50 on are gone"));
}

}  // namespace
}  // namespace salestream::cli
