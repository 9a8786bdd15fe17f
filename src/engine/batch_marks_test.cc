// SPDX-License-Identifier: Apache-2.0
#include "engine/batch_marks.h"

#include <gmock/gmock.h>

#include "engine/batch_testing.h"

namespace salestream::engine {
namespace {

using ::testing::HasSubstr;
using Kind = BatchMarks::Kind;

// All of a batch in one slice.
base::Status mark_all(BatchMarks& marks, const BatchOfTest& batch, AssignedPartitions& assignment) {
  marks.begin(batch.messages, batch.decoded);
  base::Status status = marks.mark_slice(assignment);
  EXPECT_TRUE(!status.ok() || marks.is_done());
  return status;
}

// A message and what it must be to a worker. Without an id it is a rejected message.
struct MarkedMessage {
  core::Offset offset;
  const char* id;
  Kind kind;
  core::PartitionId partition = 0;
};

struct MarksCase {
  const char* name;
  std::int64_t window_messages;                   // 0: without `deduplicate`
  std::optional<core::PartitionProgress> stored;  // of partition 0; 1 has none; 2 is somebody else's
  std::vector<MarkedMessage> messages;
};

const std::vector<MarksCase>& marks_cases() {
  static const std::vector<MarksCase> cases{
      {"orders and rejects of a partition that was never read",
       0,
       {},
       {{0, "a", Kind::kOrder}, {1, nullptr, Kind::kReject}, {2, "b", Kind::kOrder}, {3, nullptr, Kind::kReject}}},
      {"without deduplicate an id may come again", 0, {}, {{0, "a", Kind::kOrder}, {1, "a", Kind::kOrder}}},
      {"a duplicate in the same batch, and a third",
       5,
       {},
       {{0, "a", Kind::kOrder}, {1, "a", Kind::kDuplicate}, {2, "b", Kind::kOrder}, {3, "a", Kind::kDuplicate}}},
      {"a duplicate beyond the window counts",
       1,
       {},
       {{0, "a", Kind::kOrder}, {1, "b", Kind::kOrder}, {2, "a", Kind::kOrder}}},
      {"a reject takes a place in the window",
       1,
       {},
       {{0, "a", Kind::kOrder}, {1, nullptr, Kind::kReject}, {2, "a", Kind::kOrder}, {3, "a", Kind::kDuplicate}}},
      {"each partition has a window of its own",
       5,
       {},
       {{0, "a", Kind::kOrder, 0},
        {0, "a", Kind::kOrder, 1},
        {1, "a", Kind::kDuplicate, 0},
        {1, "b", Kind::kOrder, 1}}},
      {"messages from before a rebalance, between those of ours",
       5,
       {},
       {{7, "a", Kind::kIgnored, 2}, {0, "a", Kind::kOrder}, {8, nullptr, Kind::kIgnored, 2}, {1, "b", Kind::kOrder}}},
      {"a message that comes twice counts once, and is no duplicate",
       5,
       {},
       {{3, "a", Kind::kOrder}, {3, "a", Kind::kIgnored}, {4, "b", Kind::kOrder}, {3, "a", Kind::kIgnored}}},
      {"holes between offsets", 0, {}, {{3, "a", Kind::kOrder}, {9, "b", Kind::kOrder}, {5, "c", Kind::kIgnored}}},
      {"the message at last_offset again, with the same bytes",
       0,
       progress_after(9, "x"),
       {{9, "x", Kind::kIgnored}, {10, "a", Kind::kOrder}}},
      {"what was counted before last_offset tells nothing, whatever its bytes",
       0,
       progress_after(9, "x"),
       {{8, "other bytes", Kind::kIgnored}, {7, nullptr, Kind::kIgnored}, {10, "a", Kind::kOrder}}},
      {"messages that come for the window's sake are known and not counted",
       5,
       progress_after(9, "x", 7),
       {{7, "v", Kind::kIgnored},
        {8, nullptr, Kind::kIgnored},
        {9, "x", Kind::kIgnored},
        {10, "x", Kind::kDuplicate},
        {11, "v", Kind::kDuplicate},
        {12, "y", Kind::kOrder}}},
      {"a window that is too short for the first of them",
       2,
       progress_after(9, "x", 8),
       {{8, "w", Kind::kIgnored}, {9, "x", Kind::kIgnored}, {10, "x", Kind::kDuplicate}, {11, "w", Kind::kOrder}}},
      {"a message of the window that comes twice takes one place",
       2,
       progress_after(9, "x", 8),
       {{8, "w", Kind::kIgnored}, {9, "x", Kind::kIgnored}, {9, "x", Kind::kIgnored}, {10, "w", Kind::kDuplicate}}},
  };
  return cases;
}

TEST(BatchMarks, SayWhatEachMessageIs) {
  for (const MarksCase& c : marks_cases()) {
    SCOPED_TRACE(c.name);
    AssignedPartitions::Rules rules;
    if (c.window_messages > 0) rules.deduplicate = core::Deduplicate{c.window_messages};
    AssignedPartitions assignment(rules);
    ASSERT_TRUE(assignment.add(0, c.stored).ok());
    ASSERT_TRUE(assignment.add(1, std::nullopt).ok());
    BatchOfTest batch;
    for (const MarkedMessage& m : c.messages)
      m.id != nullptr ? batch.add_order(m.partition, m.offset, m.id) : batch.add_reject(m.partition, m.offset);
    BatchMarks marks;
    ASSERT_TRUE(mark_all(marks, batch, assignment).ok());
    std::int64_t counted = 0, orders = 0, duplicates = 0, rejects = 0;
    for (std::size_t i = 0; i < c.messages.size(); ++i) {
      SCOPED_TRACE(i);
      const MarkedMessage& expected = c.messages[i];
      EXPECT_EQ(marks[i].kind, expected.kind);
      EXPECT_EQ(marks.is_counted(i), expected.kind == Kind::kOrder);
      EXPECT_EQ(marks[i].partition, expected.kind == Kind::kIgnored ? nullptr : assignment.find(expected.partition));
      if (expected.kind == Kind::kIgnored) continue;
      const bool is_reject = expected.kind == Kind::kReject;
      EXPECT_EQ(
          is_reject ? batch.decoded.rejects[marks[i].place].message : batch.decoded.orders[marks[i].place].message, i);
      ++counted;
      ++(is_reject ? rejects : expected.kind == Kind::kOrder ? orders : duplicates);
    }
    const core::Counters sum = assignment.count_batch(batch.messages);
    EXPECT_EQ(sum.messages, counted);
    EXPECT_EQ(sum.orders, orders);
    EXPECT_EQ(sum.items, orders);
    EXPECT_EQ(sum.duplicates, duplicates);
    EXPECT_EQ(sum.all_rejects(), rejects);
  }
}

TEST(BatchMarks, AnotherMessageAtLastOffsetEndsTheRun) {
  AssignedPartitions assignment({.source_name = "topic t"});
  ASSERT_TRUE(assignment.add(0, progress_after(9, "x")).ok());
  BatchOfTest batch;
  batch.add_order(0, 9, "y");
  BatchMarks marks;
  const base::Status status = mark_all(marks, batch, assignment);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, base::ErrorKind::kFailure);
  EXPECT_THAT(status.error().message, HasSubstr("topic t is not the source that the store has counted"));
  EXPECT_THAT(status.error().message, HasSubstr("partition 0 has another message at offset 9"));
}

// After a batch was counted its last message may be delivered again, with those that follow.
TEST(BatchMarks, TheLastMessageOfTheBatchBeforeIsComparedToo) {
  AssignedPartitions assignment({});
  ASSERT_TRUE(assignment.add(0, std::nullopt).ok());
  BatchMarks marks;
  BatchOfTest first;
  first.add_order(0, 0, "a");
  first.add_order(0, 1, "b");
  ASSERT_TRUE(mark_all(marks, first, assignment).ok());
  assignment.count_batch(first.messages);
  BatchOfTest again;
  again.add_order(0, 1, "b");
  again.add_order(0, 2, "c");
  ASSERT_TRUE(mark_all(marks, again, assignment).ok());
  EXPECT_EQ(marks[0].kind, Kind::kIgnored);
  EXPECT_EQ(marks[1].kind, Kind::kOrder);
  BatchOfTest other;
  other.add_order(0, 1, "not b");
  EXPECT_FALSE(mark_all(marks, other, assignment).ok()) << "of what was counted, 1 is the last";
}

TEST(BatchMarks, CountNothingByThemselves) {
  AssignedPartitions assignment({.deduplicate = core::Deduplicate{1}});
  ASSERT_TRUE(assignment.add(0, progress_after(9, "x", 9)).ok());
  BatchOfTest batch;
  batch.add_order(0, 9, "x");
  batch.add_order(0, 10, "x");
  batch.add_reject(0, 11);
  BatchMarks marks;
  ASSERT_TRUE(mark_all(marks, batch, assignment).ok());
  // A flush may begin while the batch waits for its cells: all that it saves has to be of before the batch.
  EXPECT_FALSE(assignment.has_changes());
  const core::PartitionProgress& progress = assignment.find(0)->progress;
  EXPECT_EQ(progress.next_offset, 10);
  EXPECT_EQ(progress.window_offset, 9);
  EXPECT_EQ(progress.counters, core::Counters{});
}

// {begin, end} of each slice; each is counted before the next.
std::vector<std::pair<std::size_t, std::size_t>> slices_of(const BatchOfTest& batch, AssignedPartitions& assignment,
                                                           const SliceLimits& limits) {
  std::vector<std::pair<std::size_t, std::size_t>> slices;
  BatchMarks marks;
  marks.begin(batch.messages, batch.decoded);
  while (!marks.is_done()) {
    EXPECT_TRUE(marks.mark_slice(assignment, limits).ok());
    slices.emplace_back(marks.slice_begin(), marks.slice_end());
    for (const decode::DecodedOrder& order : marks.slice_orders()) {
      EXPECT_GE(order.message, marks.slice_begin());
      EXPECT_LT(order.message, marks.slice_end());
    }
    assignment.count_batch(batch.messages);
  }
  return slices;
}

TEST(BatchMarks, ASliceEndsAtTheLimitOfItsKeys) {
  AssignedPartitions assignment({});
  ASSERT_TRUE(assignment.add(0, std::nullopt).ok());
  BatchOfTest batch;
  batch.add_order(0, 0, "a", false, 40);
  batch.add_order(0, 1, "b", false, 60);
  batch.add_reject(0, 2);
  batch.add_order(0, 3, "c", false, 1);
  batch.add_order(0, 4, "d", false, 300);  // alone beyond the limit
  batch.add_order(0, 5, "e", true, 100);
  batch.messages.add_reached_end({0, 2});  // seen before the last messages came
  EXPECT_THAT(slices_of(batch, assignment, {.key_bytes = 100}),
              ::testing::ElementsAre(std::pair(0, 3), std::pair(3, 4), std::pair(4, 5), std::pair(5, 6)));
  const std::vector<core::PartitionProgress> progress = assignment.take_changes();
  ASSERT_EQ(progress.size(), 1U);
  EXPECT_EQ(progress[0].first_offset, 0);
  EXPECT_EQ(progress[0].first_checksum, core::checksum("a"));
  EXPECT_EQ(progress[0].last_offset, 5);
  EXPECT_EQ(progress[0].last_checksum, core::checksum("e"));
  EXPECT_EQ(progress[0].counters.orders, 5);
  EXPECT_EQ(progress[0].counters.all_rejects(), 1);
  EXPECT_EQ(progress[0].counters.wrong_totals, 1);
  EXPECT_TRUE(
      assignment.note_ends(batch.messages.reached_ends()).ok());  // it is behind what was counted before the batch
}

TEST(BatchMarks, ASliceEndsAtTheLimitOfItsRejects) {
  AssignedPartitions assignment({});
  ASSERT_TRUE(assignment.add(0, std::nullopt).ok());
  BatchOfTest batch;
  for (int offset = 0; offset < 5; ++offset) batch.add_reject(0, offset);
  batch.add_order(0, 5, "a");
  EXPECT_THAT(slices_of(batch, assignment, {.reject_bytes = 2 * (sizeof(core::Reject) + 8)}),  // "a reject"
              ::testing::ElementsAre(std::pair(0, 2), std::pair(2, 4), std::pair(4, 6)));
  EXPECT_EQ(assignment.take_changes().at(0).counters.all_rejects(), 5);
}

TEST(BatchMarks, OfAnEmptyBatchAreNone) {
  AssignedPartitions assignment({});
  ASSERT_TRUE(assignment.add(0, std::nullopt).ok());
  BatchMarks marks;
  BatchOfTest batch;
  ASSERT_TRUE(mark_all(marks, batch, assignment).ok());
  EXPECT_EQ(assignment.count_batch(batch.messages), core::Counters{});
  EXPECT_FALSE(assignment.has_changes());
}

}  // namespace
}  // namespace salestream::engine
