// SPDX-License-Identifier: Apache-2.0
// What end-to-end tests can't hold still: a store without snapshots whose rows and cells move between two looks, and a
// source that ends or fails in the middle. Store and source are tables in memory here; what real ones do, tests/e2e
// shows.
#include "audit/audit.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iterator>
#include <map>
#include <random>
#include <set>

#include "core/cell.h"

namespace salestream::audit {
namespace {

constexpr store::TableIndex kTable = 0;

core::Definition definition() {
  core::Definition d;
  d.pipeline = "audited";
  d.order.items = {{"items"}};
  d.order.product = {{"product"}};
  d.order.quantity = {{"quantity"}};
  d.totals = {
      {"units", {core::Dimension::kProduct}, {{"name", core::Dimension::kProduct}, {"units", core::Measure::kUnits}}}};
  return d;
}

std::string order_of(const std::string& product, int quantity) {
  return "{\"items\": [{\"product\": \"" + product + "\", \"quantity\": " + std::to_string(quantity) + "}]}";
}

core::Measures units(std::int64_t n, std::int64_t orders) { return {{}, core::Decimal::from_integer(n), orders}; }

class MemoryReader final : public Reader {
 public:
  std::map<core::PartitionId, std::vector<std::string>> messages;
  std::optional<core::Offset> fails_at;
  std::map<core::PartitionId, std::set<core::Offset>> gone;  // from the middle
  std::map<core::PartitionId, core::Offset> expired_before;
  bool is_compacted_topic = false;
  int times_asked = 0;
  std::atomic<int> times_read{0};
  bool is_there = true;

  base::Result<std::vector<PartitionRange>> ranges() override {
    if (!is_there) return base::failure("the topic does not exist");
    std::vector<PartitionRange> ranges;
    for (const auto& [partition, all] : messages)
      ranges.push_back({partition, expired_before[partition], static_cast<core::Offset>(all.size())});
    return ranges;
  }
  base::Result<core::Offset> read(core::PartitionId partition, core::Offset begin, core::Offset end,
                                  const OnMessage& on_message) override {
    ++times_read;
    for (core::Offset at = begin; at < end; ++at) {
      if (at == fails_at) return base::failure("the source is gone");
      if (is_gone(partition, at)) continue;
      SALESTREAM_TRY(on_message({at, -1, messages.at(partition).at(static_cast<std::size_t>(at))}));
    }
    return end;
  }
  base::Result<bool> is_compacted() override {
    ++times_asked;
    return is_compacted_topic;
  }

 private:
  // Partitions are read side by side: nothing is put into the map here.
  bool is_gone(core::PartitionId partition, core::Offset at) const {
    const auto of_partition = gone.find(partition);
    return of_partition != gone.end() && of_partition->second.contains(at);
  }
};

struct Content {
  std::vector<core::PartitionProgress> progress;
  std::map<std::pair<std::string, core::PartitionId>, core::Cell> cells;
  std::map<std::string, core::Measures> rows;
  std::vector<core::Reject> rejects;
};

// A store as it is at the scan, and then at each later look at a key; the last stays.
class MovingStore final : public store::Store {
 public:
  std::vector<Content> moments;
  bool is_snapshot = false;
  int looks = 0;
  int times_unavailable = 0;  // so often the next reads find nobody

  std::string where() const override { return "memory"; }
  base::Result<std::vector<std::string>> schema() const override { return base::failure("none"); }
  base::Result<std::vector<std::string>> init() override { return base::failure("none"); }
  base::Status open_for_run(const store::OpenOptions&) override { return base::failure("none"); }
  base::Status open_for_read() override { return {}; }
  base::Result<std::unique_ptr<store::Session>> session() override { return base::failure("none"); }
  base::Status reset() override { return base::failure("none"); }
  bool sees_runs() const override { return false; }

  base::Result<std::unique_ptr<store::Inspection>> inspect() override {
    return std::unique_ptr<store::Inspection>(std::make_unique<Look>(*this));
  }

 private:
  class Look final : public store::Inspection {
   public:
    explicit Look(MovingStore& store) : store_(store) {}
    bool is_snapshot() const override { return store_.is_snapshot; }
    base::Result<std::vector<core::PartitionProgress>> read_progress() override { return store_.moments[0].progress; }
    base::Status scan_rejects(const store::RejectFilter&,
                              const std::function<base::Status(std::span<const core::Reject>)>& on_page) override {
      return on_page(store_.moments[0].rejects);
    }
    base::Status scan_cells(store::TableIndex,
                            const std::function<base::Status(std::span<const store::StoredCell>)>& on_page) override {
      for (const auto& [place, cell] : store_.moments[0].cells) {
        const store::StoredCell stored{place.first, place.second, cell};
        SALESTREAM_TRY(on_page({&stored, 1}));
      }
      return {};
    }
    base::Status scan_totals(store::TableIndex,
                             const std::function<base::Status(std::span<const core::TotalsRow>)>& on_page) override {
      if (store_.times_unavailable-- > 0) return base::retriable("the store is unavailable");
      for (const auto& [key, measures] : store_.moments[0].rows) {
        const core::TotalsRow row{key, measures, 0};
        SALESTREAM_TRY(on_page({&row, 1}));
      }
      return {};
    }
    base::Result<KeyContent> read_key(store::TableIndex, std::string_view key) override {
      const auto moment = std::min(static_cast<std::size_t>(++store_.looks), store_.moments.size() - 1);
      const Content& now = store_.moments[moment];
      KeyContent content;
      for (const auto& [place, cell] : now.cells)
        if (place.first == key) content.cells.push_back({place.first, place.second, cell});
      if (const auto row = now.rows.find(std::string(key)); row != now.rows.end()) content.totals = row->second;
      return content;
    }

   private:
    MovingStore& store_;
  };
};

core::PartitionProgress progress_of(const MemoryReader& reader, core::PartitionId partition, core::Offset next_offset) {
  core::PartitionProgress progress;
  progress.partition = partition;
  progress.next_offset = next_offset;
  progress.last_offset = next_offset - 1;
  progress.counters.messages = progress.counters.orders = progress.counters.items = next_offset;
  progress.first_checksum = core::checksum(reader.messages.at(partition).front());
  progress.last_checksum = core::checksum(reader.messages.at(partition).at(static_cast<std::size_t>(next_offset - 1)));
  return progress;
}

// With so much memory that nothing is on disk, and with none, so that all is.
class Audit : public testing::TestWithParam<std::size_t> {
 protected:
  // Two partitions, of which the first two messages each are said to be in the store: Mouse 1 + 2 and 10 + 20.
  Audit() {
    reader_.messages[0] = {order_of("Mouse", 1), order_of("Mouse", 2), order_of("Mouse", 4)};
    reader_.messages[1] = {order_of("Mouse", 10), order_of("Mouse", 20), order_of("Mouse", 40)};
    Content& content = store_.moments.emplace_back();
    content.progress = {progress_of(reader_, 0, 2), progress_of(reader_, 1, 2)};
    content.cells[{"Mouse", 0}] = {units(3, 2), 1};
    content.cells[{"Mouse", 1}] = {units(30, 2), 1};
    content.rows["Mouse"] = units(33, 0);
  }

  Options options() const {
    Options options;
    options.workers = 2;
    options.look_pause = std::chrono::milliseconds(0);
    options.settle_timeout = settle_timeout_;
    options.memory_bytes = GetParam();
    return options;
  }

  Report report() {
    auto report = audit(definition_, reader_, store_, options());
    EXPECT_TRUE(report.ok()) << report.error().message;
    return *std::move(report);
  }

  const core::Definition definition_ = definition();
  std::chrono::milliseconds settle_timeout_{60'000};
  MemoryReader reader_;
  MovingStore store_;
};

INSTANTIATE_TEST_SUITE_P(Memory, Audit, testing::Values(kMemoryBytes, 0),
                         [](const auto& with) { return with.param == 0 ? "None" : "Enough"; });

TEST_P(Audit, IsEqualWhereNothingIsWrong) {
  const Report found = report();
  EXPECT_TRUE(found.is_equal());
  EXPECT_TRUE(found.is_whole());
  EXPECT_EQ(found.counted().orders, 4);
  EXPECT_EQ(found.tables.at(kTable).cells, 2);
  EXPECT_EQ(store_.looks, 0);
}

TEST_P(Audit, ProvesACellThatIsAheadOfProgress) {
  store_.moments[0].cells[{"Mouse", 0}] = {units(7, 3), 2};
  store_.moments[0].rows["Mouse"] = units(37, 0);
  EXPECT_TRUE(report().is_equal());
  store_.moments[0].cells[{"Mouse", 0}] = {units(8, 3), 2};
  const Report found = report();
  ASSERT_EQ(found.differences.size(), 1U);
  EXPECT_EQ(found.differences[0].table, "units_cells");
  EXPECT_EQ(found.differences[0].expected, "7");
  EXPECT_EQ(found.differences[0].stored, "8");
}

TEST_P(Audit, LooksAgainAtARowThatIsNewerThanTheCells) {
  store_.moments[0].rows["Mouse"] = units(73, 0);
  Content& later = store_.moments.emplace_back(store_.moments[0]);
  later.cells[{"Mouse", 1}] = {units(70, 3), 2};
  EXPECT_TRUE(report().is_equal());
  EXPECT_GT(store_.looks, 0);
}

TEST_P(Audit, WaitsForTheRowOfAFlushThatIsUnderWay) {
  store_.moments[0].cells[{"Mouse", 0}] = {units(7, 3), 2};  // the row is of before
  for (int i = 0; i < 3; ++i) store_.moments.push_back(store_.moments[0]);
  store_.moments.back().rows["Mouse"] = units(37, 0);
  EXPECT_TRUE(report().is_equal());
  EXPECT_EQ(store_.looks, 3);
}

TEST_P(Audit, WaitsForAFlushThatTakesItsTime) {
  store_.moments[0].cells[{"Mouse", 0}] = {units(7, 3), 2};
  for (int i = 0; i < 40; ++i) store_.moments.push_back(store_.moments[0]);
  store_.moments.back().rows["Mouse"] = units(37, 0);
  EXPECT_TRUE(report().is_equal());
  EXPECT_EQ(store_.looks, 40);
}

TEST_P(Audit, AFlushThatDoesNotEndIsUnsettledAndNotDifferent) {
  settle_timeout_ = std::chrono::milliseconds(20);
  store_.moments[0].cells[{"Mouse", 0}] = {units(7, 3), 2};
  const Report found = report();
  EXPECT_TRUE(found.is_equal());
  EXPECT_FALSE(found.is_settled());
  EXPECT_EQ(found.tables.at(kTable).unsettled_rows, 1);
  ASSERT_EQ(found.unsettled.size(), 1U);
  EXPECT_EQ(found.unsettled[0].expected, "37");
  EXPECT_EQ(found.unsettled[0].stored, "33");
  EXPECT_NE(found.unsettled[0].meaning.find("the next run mends it"), std::string::npos);
}

TEST_P(Audit, ARowThatIsUnsettledHidesNoneThatIsWrong) {
  settle_timeout_ = std::chrono::milliseconds(20);
  store_.moments[0].cells[{"Mouse", 0}] = {units(7, 3), 2};
  store_.moments[0].rows["Tablet"] = units(1, 0);
  const Report found = report();
  EXPECT_EQ(found.unsettled.size(), 1U);
  ASSERT_EQ(found.differences.size(), 1U);
  EXPECT_EQ(found.differences[0].meaning, "a row that has no cells");
}

TEST_P(Audit, NamesARowThatStaysWrong) {
  store_.moments[0].rows["Mouse"] = units(34, 0);
  const Report found = report();
  ASSERT_EQ(found.differences.size(), 1U);
  const Difference& difference = found.differences[0];
  EXPECT_EQ(difference.table, "units");
  EXPECT_EQ(difference.column, "units");
  EXPECT_EQ(difference.expected, "33");
  EXPECT_EQ(difference.stored, "34");
  EXPECT_EQ(difference.partitions, (std::vector<core::PartitionId>{0, 1}));
  EXPECT_LT(store_.looks, 20);
}

TEST_P(Audit, ARowThatIsWrongInAnotherWayAtEachLookHasNotSettled) {
  settle_timeout_ = std::chrono::milliseconds(0);
  for (int i = 0; i < 100; ++i) {
    Content& later = store_.moments.emplace_back(store_.moments[0]);
    later.rows["Mouse"] = units(100 + i, 0);
  }
  store_.moments[0].rows["Mouse"] = units(34, 0);
  const Report found = report();
  EXPECT_TRUE(found.is_equal());
  EXPECT_EQ(found.unsettled.size(), 1U);
}

TEST_P(Audit, LooksOnceAtASnapshot) {
  store_.is_snapshot = true;
  store_.moments[0].rows["Mouse"] = units(34, 0);
  Content& later = store_.moments.emplace_back(store_.moments[0]);
  later.rows["Mouse"] = units(33, 0);
  EXPECT_EQ(report().differences.size(), 1U);
  EXPECT_EQ(store_.looks, 0);
}

TEST_P(Audit, AsksAStoreAgainThatWasUnavailable) {
  store_.times_unavailable = 2;
  const Report found = report();
  EXPECT_TRUE(found.is_equal());
  EXPECT_EQ(found.tables.at(kTable).cells, 2);
}

TEST_P(Audit, FailsWhenTheSourceCannotBeRead) {
  reader_.fails_at = 1;
  const auto report = audit(definition_, reader_, store_, options());
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().message, "the source is gone");
}

TEST_P(Audit, TakesAnyStoredNumber) {
  // Each order may add 10^18; of a stored cell there may be any number.
  constexpr auto kMost = static_cast<__int128>(~static_cast<unsigned __int128>(0) >> 1);
  store_.moments[0].cells[{"Mouse", 0}].measures.units = core::Decimal::from_scaled(kMost);
  const Report found = report();  // the source's own sum is small: a difference, and no overflow
  EXPECT_EQ(found.differences.size(), 1U);
}

TEST_P(Audit, CompactionIsNoDifference) {
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

TEST_P(Audit, ACellOfWhichNothingIsLeftAfterCompactionIsUnproven) {
  reader_.is_compacted_topic = true;
  reader_.gone[0] = {0, 1};
  const Report found = report();
  EXPECT_TRUE(found.is_equal()) << found.differences.front().meaning;
  EXPECT_EQ(found.tables.at(kTable).unproven_cells, 1);
}

TEST_P(Audit, ACellThatIsAheadMayHaveLostItsMessageToCompaction) {
  reader_.is_compacted_topic = true;
  store_.moments[0].cells[{"Mouse", 0}] = {units(7, 3), 2};
  store_.moments[0].rows["Mouse"] = units(37, 0);
  reader_.gone[0] = {2};
  const Report found = report();
  EXPECT_TRUE(found.is_equal()) << found.differences.front().meaning;
  EXPECT_TRUE(found.partitions.at(0).is_compacted);
}

TEST_P(Audit, ACompactedTopicFromWhichNothingIsGoneIsProven) {
  reader_.is_compacted_topic = true;
  EXPECT_TRUE(report().is_whole());
  EXPECT_EQ(reader_.times_asked, 0) << "the broker is asked where there is a question";
  store_.moments[0].cells[{"Mouse", 0}] = {units(4, 2), 1};
  store_.moments[0].rows["Mouse"] = units(34, 0);
  EXPECT_FALSE(report().is_equal());
}

TEST_P(Audit, CompactionExcusesNoMoreThanItMust) {
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

TEST_P(Audit, ADuplicateWhoseFirstOrderWasCompactedAwayIsNoDifference) {
  core::Definition deduplicating = definition_;
  deduplicating.order.id = {{"id"}};
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

TEST_P(Audit, SaysUpToWhichOffsetWasCountedOfWhatHasExpired) {
  reader_.expired_before[0] = 3;
  const Report found = report();
  EXPECT_TRUE(found.is_equal()) << found.differences.front().meaning;
  const PartitionReport& partition = found.partitions.at(0);
  EXPECT_TRUE(partition.has_expired());
  EXPECT_FALSE(partition.is_compacted);
  EXPECT_EQ(partition.begin, 3);
  EXPECT_EQ(partition.next_offset, 2) << "offset 2 has expired and was never counted";
}

TEST_P(Audit, ATopicThatDoesNotExistIsNotEqualToNothing) {
  store_.moments[0] = {};
  EXPECT_TRUE(report().is_equal());
  reader_.is_there = false;
  const auto found = audit(definition_, reader_, store_, options());
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().message, "the topic does not exist");
}

TEST_P(Audit, SaysWhichPartitionTheSourceDoesNotHave) {
  store_.moments[0].progress.push_back(progress_of(reader_, 0, 2));
  store_.moments[0].progress.back().partition = 5;
  const Report found = report();
  ASSERT_FALSE(found.is_equal());
  for (const Difference& difference : found.differences) {
    EXPECT_EQ(difference.table, "progress");
    EXPECT_EQ(difference.partitions, std::vector<core::PartitionId>{5});
  }
}

TEST_P(Audit, ACellThatLacksMessagesIsCountedUpToItsOwnLast) {
  store_.moments[0].cells[{"Mouse", 0}] = {units(1, 1), 0};
  store_.moments[0].rows["Mouse"] = units(31, 0);
  const Report found = report();
  ASSERT_EQ(found.differences.size(), 1U) << "the cell is right as far as it goes, and so is the row";
  EXPECT_EQ(found.differences[0].column, "through");
  EXPECT_EQ(found.differences[0].expected, "at least 1");
  store_.moments[0].cells[{"Mouse", 0}] = {units(2, 1), 0};
  const Report wrong = report();
  ASSERT_EQ(wrong.differences.size(), 2U);
  EXPECT_EQ(wrong.differences[1].expected, "1");
  EXPECT_EQ(wrong.differences[1].stored, "2");
}

TEST_P(Audit, ReadsTheSourceOnceUnlessACellLacksMessages) {
  EXPECT_TRUE(report().is_equal());
  EXPECT_EQ(reader_.times_read, 2) << "each partition once";
}

TEST_P(Audit, TellsRejectsThatExpiredFromThoseThatNeverWere) {
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

TEST_P(Audit, KeepsAsManyDifferencesAsAreListed) {
  for (int i = 0; i < 50; ++i) store_.moments[0].rows["Nobody sells " + std::to_string(i)] = units(1, 0);
  store_.is_snapshot = true;
  Options few = options();
  few.most_listed = 3;
  const auto some = audit(definition_, reader_, store_, few);
  ASSERT_TRUE(some.ok());
  EXPECT_EQ(some->differences.count(), 50);
  EXPECT_EQ(some->tables.at(kTable).differences, 50);
  const Report all = report();
  ASSERT_EQ(all.differences.size(), 50U);
  ASSERT_EQ(some->differences.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(some->differences[i].key, all.differences[i].key);
}

// Everything of a report.
std::string text_of(const Report& report) {
  std::string text;
  for (const PartitionReport& p : report.partitions)
    text += fmt::format("{}: {} {} {} {} {} {} {} {} {}\n", p.partition, p.begin, p.end, p.first_offset, p.next_offset,
                        p.stored_messages, p.is_compacted, p.counted.messages, p.counted.orders, p.counted.items);
  for (const TableReport& t : report.tables)
    text +=
        fmt::format("{}: {} {} {} {} {}\n", t.name, t.rows, t.cells, t.unproven_cells, t.differences, t.unsettled_rows);
  text += fmt::format("{} {} {} {} {}\n", report.rejects, report.unproven_rejects, report.reject_differences,
                      report.progress_differences, report.messages_read);
  for (const Difference& d : report.differences)
    text += fmt::format("{} {} {} {} {} {} {}\n", d.table, fmt::join(d.key, "|"), d.column, d.expected, d.stored,
                        fmt::join(d.partitions, ","), d.meaning);
  return text;
}

// Many keys, and a store in which much is wrong: it doesn't show in what is found how much of it was on disk.
TEST(AuditMemory, DecidesNothing) {
  constexpr int kPartitions = 3, kMessages = 4000, kProducts = 1500;
  std::mt19937 random(11);
  MemoryReader reader;
  MovingStore store;
  store.is_snapshot = true;
  Content& content = store.moments.emplace_back();
  for (core::PartitionId partition = 0; partition < kPartitions; ++partition) {
    for (int i = 0; i < kMessages; ++i) {
      if (random() % 40 == 0) {
        reader.messages[partition].emplace_back("{");
        if (random() % 9 == 0) continue;
        core::Reject& reject = content.rejects.emplace_back();
        reject.partition = partition;
        reject.offset = i;
        reject.reason = random() % 20 == 0 ? core::RejectReason::kTooDeep : core::RejectReason::kInvalidJson;
        reject.message = random() % 20 == 0 ? "}" : "{";
        continue;
      }
      const int product = static_cast<int>(random() % kProducts), quantity = static_cast<int>(random() % 9);
      reader.messages[partition].push_back(order_of("Product " + std::to_string(product), quantity));
      const std::string key = "Product " + std::to_string(product);
      core::Cell& cell = content.cells[{key, partition}];
      cell.measures = core::add(cell.measures, units(quantity, 1)).value();
      cell.applied_through = i;
      content.rows[key] = core::add(content.rows[key], units(quantity, 0)).value();
    }
    // Some of it is ahead of progress.
    content.progress.push_back(progress_of(reader, partition, kMessages - 100 * partition));
  }
  for (auto cell = content.cells.begin(); cell != content.cells.end();) {
    switch (random() % 20) {
      case 0: cell = content.cells.erase(cell); continue;
      case 1: cell->second.measures = units(7, 7); break;
      case 2: cell->second.applied_through = static_cast<core::Offset>(random() % kMessages); break;
      default: break;
    }
    ++cell;
  }
  for (auto row = content.rows.begin(); row != content.rows.end();)
    row = random() % 20 == 0 ? content.rows.erase(row) : std::next(row);
  content.rows["Nobody sells this"] = units(1, 0);
  const auto found_with = [&](std::size_t memory_bytes, int workers) {
    Options options;
    options.workers = workers;
    options.memory_bytes = memory_bytes;
    const auto report = audit(definition(), reader, store, options);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return text_of(*report);
  };
  const std::string in_memory = found_with(kMemoryBytes, 1);
  for (const std::size_t memory_bytes : {256U << 10, 64U << 10, 8U << 10})
    EXPECT_EQ(found_with(memory_bytes, 2), in_memory) << memory_bytes;
  EXPECT_GT(std::count(in_memory.begin(), in_memory.end(), '\n'), 500);

  // Where there is no room for it, the audit says so.
  ASSERT_EQ(::setenv("TMPDIR", "/nowhere", 1), 0);
  Options options;
  const auto enough = audit(definition(), reader, store, options);
  options.memory_bytes = 64 << 10;
  const auto too_little = audit(definition(), reader, store, options);
  ::unsetenv("TMPDIR");
  EXPECT_TRUE(enough.ok());
  ASSERT_FALSE(too_little.ok());
  EXPECT_NE(too_little.error().message.find("a temporary file in /nowhere can't be made"), std::string::npos);
}

}  // namespace
}  // namespace salestream::audit
