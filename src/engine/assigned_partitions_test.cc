// SPDX-License-Identifier: Apache-2.0
#include "engine/assigned_partitions.h"

#include <gmock/gmock.h>

#include "engine/batch_marks.h"
#include "engine/batch_testing.h"

namespace salestream::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Marks a batch and counts it, feeding windows of rejected messages as a worker does.
core::Counters count(AssignedPartitions& assignment, const BatchOfTest& batch) {
  BatchMarks marks;
  marks.begin(batch.messages, batch.decoded);
  EXPECT_TRUE(marks.mark_slice(assignment).ok());
  const core::Counters counted = assignment.count_batch(batch.messages);
  for (std::size_t i = 0; i < batch.messages.messages().size(); ++i) {
    if (marks[i].partition == nullptr || !marks[i].partition->rejects) continue;
    if (marks[i].kind == BatchMarks::Kind::kReject)
      marks[i].partition->rejects->add_reject(batch.messages.messages()[i].offset, core::RejectReason::kInvalidJson);
    else
      marks[i].partition->rejects->add_good();
  }
  return counted;
}

BatchOfTest orders(core::PartitionId partition, core::Offset from, core::Offset end) {
  BatchOfTest batch;
  for (core::Offset offset = from; offset < end; ++offset) batch.add_order(partition, offset, std::to_string(offset));
  return batch;
}

TEST(AssignedPartitions, FindsItsOwnPartitionsOnly) {
  AssignedPartitions assignment({});
  EXPECT_FALSE(assignment.is_complete());
  ASSERT_TRUE(assignment.add(3, std::nullopt).ok());
  ASSERT_TRUE(assignment.add(1, std::nullopt).ok());
  assignment.complete();
  EXPECT_TRUE(assignment.is_complete());
  EXPECT_THAT(*assignment.partitions(), ElementsAre(1, 3));
  ASSERT_NE(assignment.find(3), nullptr);
  EXPECT_EQ(assignment.find(3), assignment.find(3));
  EXPECT_EQ(assignment.find(3)->progress.partition, 3);
  EXPECT_EQ(assignment.find(2), nullptr);
  EXPECT_EQ(assignment.find(1)->progress.partition, 1) << "after one that is not ours";
  EXPECT_EQ(assignment.find(3)->progress.partition, 3);
}

TEST(AssignedPartitions, ForgetsAllOfItWhenItIsRevokedOrLost) {
  AssignedPartitions assignment({.deduplicate = core::Deduplicate{5}});
  ASSERT_TRUE(assignment.add(0, std::nullopt).ok());
  assignment.complete();
  count(assignment, orders(0, 0, 2));
  ASSERT_NE(assignment.find(0), nullptr);
  assignment.clear();
  EXPECT_EQ(assignment.find(0), nullptr) << "also as the one that was found last";
  EXPECT_FALSE(assignment.is_complete());
  EXPECT_FALSE(assignment.has_changes());
  EXPECT_THAT(*assignment.partitions(), IsEmpty());
  // It comes back with the progress that the store has by then, and an empty window.
  ASSERT_TRUE(assignment.add(0, progress_after(0, "0")).ok());
  EXPECT_EQ(assignment.find(0)->progress.next_offset, 1);
  EXPECT_EQ(count(assignment, orders(0, 0, 2)).orders, 1);
}

TEST(AssignedPartitions, GoesOnFromTheStoredProgress) {
  AssignedPartitions assignment({});
  ASSERT_TRUE(assignment.add(0, progress_after(9, "9")).ok());
  EXPECT_TRUE(assignment.find(0)->is_resumed);
  EXPECT_EQ(assignment.find(0)->first_read, 10);
  ASSERT_TRUE(assignment.add(1, std::nullopt).ok());
  EXPECT_FALSE(assignment.find(1)->is_resumed);
  EXPECT_EQ(assignment.find(1)->first_read, 0);
}

TEST(AssignedPartitions, CountsABatchIntoProgress) {
  AssignedPartitions assignment({.deduplicate = core::Deduplicate{2}});
  ASSERT_TRUE(assignment.add(0, std::nullopt).ok());
  ASSERT_TRUE(assignment.add(1, std::nullopt).ok());
  BatchOfTest batch;
  batch.add_order(0, 5, "a");
  batch.add_order(0, 6, "a");
  batch.add_order(0, 8, "b", true);
  batch.add_reject(0, 9, core::RejectReason::kWrongType);
  const core::Counters counted = count(assignment, batch);
  EXPECT_EQ(counted.messages, 4);
  const core::PartitionProgress& progress = assignment.find(0)->progress;
  EXPECT_EQ(progress.first_offset, 5);
  EXPECT_EQ(progress.first_checksum, core::checksum("a"));
  EXPECT_EQ(progress.next_offset, 10);
  EXPECT_EQ(progress.last_offset, 9);
  EXPECT_EQ(progress.last_checksum, core::checksum("a reject"));
  EXPECT_EQ(progress.last_timestamp_ms, 1009);
  EXPECT_EQ(progress.window_offset, 8);
  EXPECT_EQ(progress.counters, counted);
  EXPECT_EQ(counted.orders, 2);
  EXPECT_EQ(counted.items, 2);
  EXPECT_EQ(counted.duplicates, 1);
  EXPECT_EQ(counted.wrong_totals, 1);
  EXPECT_EQ(counted.rejects[static_cast<std::size_t>(core::RejectReason::kWrongType)], 1);

  const auto changes = assignment.take_changes();
  ASSERT_EQ(changes.size(), 1U) << "partition 1 got nothing";
  EXPECT_EQ(changes[0].next_offset, 10);
  EXPECT_FALSE(assignment.has_changes());
  EXPECT_THAT(assignment.take_changes(), IsEmpty());

  count(assignment, orders(0, 10, 12));
  EXPECT_EQ(progress.first_offset, 5) << "it never moves";
  EXPECT_EQ(progress.next_offset, 12);
  EXPECT_EQ(progress.counters.messages, 6);
}

TEST(AssignedPartitions, SumsUpWhatAllPartitionsAdd) {
  AssignedPartitions assignment({});
  ASSERT_TRUE(assignment.add(0, std::nullopt).ok());
  ASSERT_TRUE(assignment.add(1, std::nullopt).ok());
  BatchOfTest batch;
  for (core::Offset offset = 0; offset < 3; ++offset) {
    batch.add_order(0, offset, "a");
    batch.add_order(1, offset, "b");
  }
  EXPECT_EQ(count(assignment, batch).orders, 6);
  EXPECT_EQ(assignment.find(0)->progress.counters.orders, 3);
  EXPECT_EQ(assignment.find(1)->progress.counters.orders, 3);
}

TEST(AssignedPartitions, TellsFingerprintsWhenTheyAreNew) {
  AssignedPartitions assignment({});
  ASSERT_TRUE(assignment.add(0, std::nullopt).ok());
  ASSERT_TRUE(assignment.add(1, std::nullopt).ok());
  assignment.complete();
  EXPECT_THAT(assignment.take_new_fingerprints().value(), IsEmpty());
  EXPECT_FALSE(assignment.take_new_fingerprints());
  count(assignment, orders(1, 4, 6));
  const auto fingerprints = assignment.take_new_fingerprints();
  ASSERT_TRUE(fingerprints);
  ASSERT_EQ(fingerprints->size(), 1U);
  EXPECT_EQ(fingerprints->front().partition, 1);
  EXPECT_EQ(fingerprints->front().offset, 4);
  EXPECT_EQ(fingerprints->front().checksum, core::checksum("4"));
  count(assignment, orders(1, 6, 8));
  EXPECT_FALSE(assignment.take_new_fingerprints());
}

TEST(AssignedPartitions, ALogThatHasBecomeShorterIsAnError) {
  AssignedPartitions assignment({.source_name = "topic t"});
  ASSERT_TRUE(assignment.add(0, progress_after(9, "9")).ok());
  count(assignment, orders(0, 10, 12));
  EXPECT_TRUE(assignment.note_ends({{0, 10}}).ok()) << "seen before this batch was there";
  EXPECT_FALSE(assignment.find(0)->has_reached_end);
  EXPECT_TRUE(assignment.note_ends({{0, 12}}).ok());
  EXPECT_TRUE(assignment.find(0)->has_reached_end);
  EXPECT_TRUE(assignment.note_ends({{7, 0}}).ok()) << "not ours";
  const base::Status status = assignment.note_ends({{0, 9}});
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("partition 0 ends at offset 9, and everything before 10 is in the"));
}

TEST(AssignedPartitions, MeetsATargetOnlyWhenTheSourceHasShownThatItIsTheSame) {
  const EndTargets targets{{0, 10}};
  AssignedPartitions assignment({.targets = &targets});
  ASSERT_TRUE(assignment.add(0, progress_after(9, "9")).ok());
  assignment.complete();
  ASSERT_TRUE(assignment.note_ends({}).ok());
  EXPECT_FALSE(assignment.are_targets_met()) << "it is at 10, but of which source?";
  count(assignment, orders(0, 9, 10));
  ASSERT_TRUE(assignment.note_ends({}).ok());
  EXPECT_TRUE(assignment.are_targets_met());
}

TEST(AssignedPartitions, MeetsATargetAtTheEndOfTheSource) {
  const EndTargets targets{{0, 10}};
  AssignedPartitions assignment({.targets = &targets});
  ASSERT_TRUE(assignment.add(0, std::nullopt).ok());
  EXPECT_FALSE(assignment.are_targets_met());
  assignment.complete();
  count(assignment, orders(0, 0, 5));
  ASSERT_TRUE(assignment.note_ends({}).ok());
  EXPECT_FALSE(assignment.are_targets_met());
  RunStatus status;
  assignment.describe(status);
  EXPECT_EQ(status.position_done, 0) << "nothing of it is in the store";
  EXPECT_EQ(status.position_total, 10);
  EXPECT_FALSE(status.caught_up);
  assignment.note_stored(assignment.take_changes());
  assignment.describe(status);
  EXPECT_EQ(status.position_done, 5);
  ASSERT_TRUE(assignment.note_ends({{0, 5}}).ok());
  EXPECT_TRUE(assignment.are_targets_met()) << "no message stands behind";
  assignment.describe(status);
  EXPECT_EQ(status.position_done, 10);
  EXPECT_EQ(status.partitions, 1);
  EXPECT_TRUE(status.caught_up);
}

TEST(AssignedPartitions, GoesToAnEndBeforeWhichNoMessageIsLeft) {
  AssignedPartitions assignment({});
  ASSERT_TRUE(assignment.add(0, std::nullopt).ok());
  ASSERT_TRUE(assignment.add(1, std::nullopt).ok());
  assignment.complete();
  count(assignment, orders(0, 0, 5));
  assignment.take_changes();
  ASSERT_TRUE(assignment.note_ends({{0, 8, false}}).ok());
  EXPECT_EQ(assignment.find(0)->progress.next_offset, 5) << "a line may be half written";
  EXPECT_FALSE(assignment.has_changes());

  // Markers of a transaction behind the last message, and a partition that has nothing else.
  ASSERT_TRUE(assignment.note_ends({{0, 8, true}, {1, 3, true}}).ok());
  EXPECT_EQ(assignment.find(0)->progress.next_offset, 8);
  EXPECT_EQ(assignment.find(0)->progress.last_offset, 4);
  EXPECT_EQ(assignment.find(1)->progress.next_offset, 3);
  EXPECT_EQ(assignment.find(1)->progress.last_offset, core::kNothingYet);
  EXPECT_EQ(assignment.take_changes().size(), 2u);
  ASSERT_TRUE(assignment.note_ends({{0, 8, true}}).ok());
  EXPECT_FALSE(assignment.has_changes()) << "it is there already";

  EXPECT_EQ(count(assignment, orders(1, 3, 5)).orders, 2);
  EXPECT_EQ(assignment.find(1)->progress.first_offset, 3);
}

TEST(AssignedPartitions, AResumedPartitionGoesToItsEndOnlyAfterItsLastMessageHasShownThatItIsTheSame) {
  AssignedPartitions assignment({});
  ASSERT_TRUE(assignment.add(0, progress_after(4, "4")).ok());
  assignment.complete();
  ASSERT_TRUE(assignment.note_ends({{0, 9, true}}).ok());
  EXPECT_EQ(assignment.find(0)->progress.next_offset, 5) << "an end that the assignment before has reached, perhaps";
  count(assignment, orders(0, 4, 5));
  ASSERT_TRUE(assignment.note_ends({{0, 9, true}}).ok());
  EXPECT_EQ(assignment.find(0)->progress.next_offset, 9);
}

TEST(AssignedPartitions, RecallsRejectsOfAStoredPartitionAndMayBeAskedAgain) {
  int asked = 0;
  base::Status answer = base::retriable("no store now");
  AssignedPartitions assignment({.reject_limit = RejectLimit{10, 1, "10%/10"},
                                 .recall_rejects = [&](const core::PartitionProgress& at, RejectWindow& window) {
                                   EXPECT_EQ(at.next_offset, 10);
                                   ++asked;
                                   window.add_reject(3, core::RejectReason::kInvalidJson);
                                   return answer;
                                 }});
  ASSERT_TRUE(assignment.add(1, std::nullopt).ok());
  EXPECT_EQ(asked, 0) << "the store has nothing of it";
  EXPECT_EQ(assignment.add(0, progress_after(9, "9")).error().kind, base::ErrorKind::kRetriable);
  EXPECT_EQ(assignment.find(0), nullptr);
  answer = {};
  ASSERT_TRUE(assignment.add(0, progress_after(9, "9")).ok());
  EXPECT_EQ(asked, 2);
  EXPECT_TRUE(assignment.check_rejects().ok()) << "the first answer was not kept: one reject, not two";

  BatchOfTest batch;
  batch.add_order(0, 10, "a");
  batch.add_reject(0, 11);
  EXPECT_EQ(count(assignment, batch).all_rejects(), 1);
  const base::Status status = assignment.check_rejects();
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("partition 0: 2 of the last 3 messages are rejects"));
  EXPECT_EQ(assignment.find(0)->progress.next_offset, 12) << "what was counted is saved";
}

TEST(AssignedPartitions, APartitionWithTooManyRejectsIsNotBegun) {
  AssignedPartitions assignment(
      {.reject_limit = RejectLimit{10, 1, "10%/10"},
       .recall_rejects = [](const core::PartitionProgress&, RejectWindow& window) -> base::Status {
         for (int i = 0; i < 2; ++i) window.add_reject(i, core::RejectReason::kInvalidJson);
         return {};
       }});
  const base::Status status = assignment.add(0, progress_after(9, "9"));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, base::ErrorKind::kFailure);
  EXPECT_EQ(assignment.find(0), nullptr);
}

}  // namespace
}  // namespace salestream::engine
