// SPDX-License-Identifier: Apache-2.0
// Messages that were counted, and are gone from the source: expired or compacted away.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "audit/audit.h"
#include "audit/test_audit.h"

namespace salestream::audit {
namespace {

using namespace fixture;

class AuditGone : public AuditTest {};

INSTANTIATE_TEST_SUITE_P(Memory, AuditGone, kMemories, memory_name);

TEST_P(AuditGone, CompactionIsNoDifference) {
  reader_.gone[0] = {0};
  EXPECT_FALSE(report().is_equal()) << "it is no compacted topic";
  reader_.is_compacted_topic = true;
  const Report found = report();
  EXPECT_TRUE(found.is_equal()) << found.differences.front().meaning;
  EXPECT_FALSE(found.is_whole());
  EXPECT_TRUE(found.partitions.at(0).is_compacted);
  EXPECT_FALSE(found.partitions.at(0).has_expired()) << "its first message is gone, which is another thing";
  EXPECT_EQ(found.partitions.at(0).stored_messages, 2);
  EXPECT_EQ(found.partitions.at(0).counted.messages, 1);
  EXPECT_TRUE(found.partitions.at(1).is_whole());
  EXPECT_EQ(found.tables.at(kTable).unproven_cells, 1);
}

TEST_P(AuditGone, ACellOfWhichNothingIsLeftAfterCompactionIsUnproven) {
  reader_.is_compacted_topic = true;
  reader_.gone[0] = {0, 1};
  const Report found = report();
  EXPECT_TRUE(found.is_equal()) << found.differences.front().meaning;
  EXPECT_EQ(found.tables.at(kTable).unproven_cells, 1);
}

TEST_P(AuditGone, ACellThatIsAheadMayHaveLostItsMessageToCompaction) {
  reader_.is_compacted_topic = true;
  store_.moments[0].cells[{"Mouse", 0}] = {units(7, 3), 2};
  store_.moments[0].rows["Mouse"] = units(37, 0);
  reader_.gone[0] = {2};
  const Report found = report();
  EXPECT_TRUE(found.is_equal()) << found.differences.front().meaning;
  EXPECT_TRUE(found.partitions.at(0).is_compacted);
}

TEST_P(AuditGone, ACompactedTopicFromWhichNothingIsGoneIsProven) {
  reader_.is_compacted_topic = true;
  EXPECT_TRUE(report().is_whole());
  EXPECT_EQ(reader_.times_asked, 0) << "the broker is asked where there is a question";
  store_.moments[0].cells[{"Mouse", 0}] = {units(4, 2), 1};
  store_.moments[0].rows["Mouse"] = units(34, 0);
  EXPECT_FALSE(report().is_equal());
}

TEST_P(AuditGone, CompactionExcusesNoMoreThanItMust) {
  reader_.is_compacted_topic = true;
  reader_.gone[0] = {0};
  store_.moments[0].cells[{"Mouse", 0}] = {units(1, 1), 1};  // less than the 2 that are left
  store_.moments[0].rows["Mouse"] = units(31, 0);
  EXPECT_EQ(report().differences.at(0).meaning, "a cell is less than what is left of the source gives");
  store_.moments[0].cells[{"Mouse", 0}] = {units(3, 2), 1};
  EXPECT_EQ(report().differences.at(0).meaning, "a row is not the sum of its cells");
  store_.moments[0].rows["Mouse"] = units(33, 0);
  store_.moments[0].progress[0].counters.orders = 0;
  EXPECT_EQ(report().differences.at(0).meaning, "a counter is less than what is left of the source gives");
}

TEST_P(AuditGone, ADuplicateWhoseFirstOrderWasCompactedAwayIsNoDifference) {
  core::Definition deduplicating = definition_;
  deduplicating.order.id = core::FieldPath{{"id"}};
  deduplicating.deduplicate = core::Deduplicate{};
  deduplicating.deduplicate->window_messages = 10;
  const auto with_id = [](const std::string& id, const std::string& product) {
    return "{\"id\": \"" + id + "\", " + order_of(product, 1).substr(1);
  };
  reader_.is_compacted_topic = true;
  reader_.messages = {{0, {with_id("a", "Mouse"), with_id("a", "Tablet")}}};
  store_.moments[0] = {};
  store_.moments[0].progress = {progress_of(reader_, 0, 2)};
  store_.moments[0].progress[0].counters.orders = store_.moments[0].progress[0].counters.items = 1;
  store_.moments[0].progress[0].counters.duplicates = 1;
  store_.moments[0].cells[{"Mouse", 0}] = {units(1, 1), 0};
  store_.moments[0].rows["Mouse"] = units(1, 0);
  for (const bool is_gone : {false, true}) {
    reader_.gone[0] = is_gone ? std::set<core::Offset>{0} : std::set<core::Offset>{};
    const auto found = audit(deduplicating, reader_, store_, options());
    ASSERT_TRUE(found.ok()) << found.error().message;
    EXPECT_TRUE(found->is_equal()) << found->differences.front().meaning;
    EXPECT_EQ(found->is_whole(), !is_gone);
  }
}

TEST_P(AuditGone, SaysUpToWhichOffsetWasCountedOfWhatHasExpired) {
  reader_.expired_before[0] = 3;
  const Report found = report();
  EXPECT_TRUE(found.is_equal()) << found.differences.front().meaning;
  const PartitionReport& partition = found.partitions.at(0);
  EXPECT_TRUE(partition.has_expired());
  EXPECT_FALSE(partition.is_compacted);
  EXPECT_EQ(partition.begin, 3);
  EXPECT_EQ(partition.next_offset, 2) << "offset 2 has expired and was never counted";
}

TEST_P(AuditGone, TellsRejectsThatExpiredFromThoseThatNeverWere) {
  reader_.messages[0][1] = "{";
  store_.moments[0].cells[{"Mouse", 0}] = {units(1, 1), 0};
  store_.moments[0].rows["Mouse"] = units(31, 0);
  core::Counters& counters = store_.moments[0].progress[0].counters;
  counters.orders = counters.items = counters.rejects[static_cast<std::size_t>(core::RejectReason::kInvalidJson)] = 1;
  store_.moments[0].progress[0].last_checksum = core::checksum("{");
  const auto reject = [](core::PartitionId partition, core::Offset offset) {
    core::Reject made;
    made.partition = partition;
    made.offset = offset;
    made.reason = core::RejectReason::kInvalidJson;
    made.message = "{";
    return made;
  };
  store_.moments[0].rejects = {reject(0, 1)};
  EXPECT_TRUE(report().is_equal());
  store_.moments[0].rejects = {reject(0, 0), reject(0, 1), reject(0, 7), reject(1, 1)};
  const Report found = report();
  EXPECT_EQ(found.rejects, 4);
  EXPECT_EQ(found.reject_differences, 3) << "an order, no message, an order";
  std::vector<std::pair<core::PartitionId, std::string>> places;
  for (const Difference& each : found.differences) places.emplace_back(each.partitions.at(0), each.key.at(0));
  EXPECT_EQ(places, (std::vector<std::pair<core::PartitionId, std::string>>{{0, "0"}, {0, "7"}, {1, "1"}}));
  reader_.is_compacted_topic = true;
  reader_.gone[0] = {1};
  EXPECT_EQ(report().unproven_rejects, 1);
  reader_.expired_before[0] = 2;
  EXPECT_EQ(report().unproven_rejects, 2);
}

// Cells that lack messages, which are counted again up to where they go.
class AuditGoneMeanwhile : public AuditTest {
 protected:
  AuditGoneMeanwhile() { store_.moments[0].rows["Mouse"] = units(31, 0); }

  // Of partition 0, which lacks its second message.
  void has_stored(int of_first_message) {
    store_.moments[0].cells[{"Mouse", 0}] = {units(of_first_message, 1), 0};
    store_.moments[0].rows["Mouse"] = units(of_first_message + 30, 0);
  }
  // The cell is unknown, beyond what is wrong with it in any case, and nothing else is.
  void expect_unknown(const Report& found) {
    ASSERT_EQ(found.differences.size(), 1U);
    EXPECT_EQ(found.differences[0].expected, "at least 1");
    EXPECT_EQ(found.tables.at(kTable).unknown_cells, 1);
    EXPECT_TRUE(found.partitions.at(0).is_gone_meanwhile);
    EXPECT_FALSE(found.partitions.at(1).is_gone_meanwhile);
    EXPECT_FALSE(found.is_whole());
  }
};

// Without memory each message is kept by itself, and none has to be read again.
INSTANTIATE_TEST_SUITE_P(Memory, AuditGoneMeanwhile, testing::Values(kMemoryBytes), memory_name);

TEST_P(AuditGoneMeanwhile, ExpiredBeforeTheyAreReadAgain) {
  reader_.on_ranges = [this](int time) { reader_.expired_before[0] = time > 1 ? 1 : 0; };
  for (const int stored : {1, 7}) {
    reader_.times_asked_for_ranges = 0;
    has_stored(stored);
    expect_unknown(report());
  }
}

TEST_P(AuditGoneMeanwhile, ExpiredWhileTheyAreReadAgain) {
  has_stored(1);
  reader_.on_read = [this](int time) {
    if (time == 3) reader_.expired_before[0] = 1;
  };
  expect_unknown(report());
}

TEST_P(AuditGoneMeanwhile, CompactedBeforeTheyAreReadAgain) {
  has_stored(1);
  reader_.on_ranges = [this](int time) {
    if (time == 2) reader_.gone[0] = {0};
  };
  expect_unknown(report());
}

TEST_P(AuditGoneMeanwhile, OtherPartitionsAreCountedAllTheSame) {
  has_stored(7);
  store_.moments[0].cells[{"Mouse", 1}] = {units(11, 1), 0};
  store_.moments[0].rows["Mouse"] = units(17, 0);  // what is stored of partition 0, and what partition 1 gives
  reader_.on_ranges = [this](int time) { reader_.expired_before[0] = time > 1 ? 1 : 0; };
  const Report found = report();
  std::vector<std::pair<core::PartitionId, std::string>> expected;
  for (const Difference& each : found.differences) expected.emplace_back(each.partitions.at(0), each.expected);
  EXPECT_EQ(expected,
            (std::vector<std::pair<core::PartitionId, std::string>>{{0, "at least 1"}, {1, "at least 1"}, {1, "10"}}));
  EXPECT_EQ(found.tables.at(kTable).unknown_cells, 1);
  EXPECT_FALSE(found.partitions.at(1).is_gone_meanwhile);
}

TEST_P(AuditGoneMeanwhile, ASourceThatFailsIsStillAnError) {
  has_stored(1);
  reader_.on_read = [this](int time) {
    if (time == 3) reader_.fails_at = 0;
  };
  const auto found = audit(definition_, reader_, store_, options());
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().message, "the source is gone");
}

}  // namespace
}  // namespace salestream::audit
