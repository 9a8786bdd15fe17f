// SPDX-License-Identifier: Apache-2.0
// A batch that waits for its cells, and what a flush takes meanwhile: with a store that can't give them on demand.
#include "engine/worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/testing.h"

namespace salestream::engine {
namespace {

std::string order(int number) {
  return R"({"id": )" + std::to_string(number) + R"(, "items": [{"product": "Mouse )" + std::to_string(number) +
         R"(", "quantity": 1}]})";
}

struct WorkerWorld {
  bool cells_are_there = true;
  int refusals = 0;  // of the next questions for cells
  bool have_cells_been_given = false;
  bool is_flush_held = true;
  std::size_t most_keys_at_once = 0;
  int looks_at_flush = 0;  // at each that is under way, before it ends
  int polls = 0;           // of a reader of one batch
  int polls_when_flush_ended = 0;
  std::vector<FlushSnapshot> flushes;
};

// Everything before offset 10 is counted; the window of one message begins with the last of them.
class CountedSession final : public store::testing::EmptySession {
 public:
  explicit CountedSession(WorkerWorld& world) : world_(world) {}
  base::Result<std::vector<core::PartitionProgress>> read_progress() override {
    core::PartitionProgress progress;
    progress.next_offset = 10;
    progress.last_offset = progress.window_offset = 9;
    progress.last_checksum = core::checksum(order(9));
    return std::vector{progress};
  }
  base::Status read_partition_cells(store::TableIndex, core::PartitionId, std::span<const std::string_view> keys,
                                    std::vector<std::optional<core::Cell>>& out) override {
    out.assign(keys.size(), std::nullopt);
    world_.most_keys_at_once = std::max(world_.most_keys_at_once, keys.size());
    if (!world_.cells_are_there || world_.refusals-- > 0) return base::retriable("no cells now");
    world_.have_cells_been_given = true;
    return {};
  }

 private:
  WorkerWorld& world_;
};

class HeldFlusher final : public Flusher {
 public:
  explicit HeldFlusher(WorkerWorld& world) : world_(world) {}
  bool is_busy() const override { return world_.is_flush_held || under_way_.has_value(); }
  void start(FlushSnapshot snapshot) override {
    world_.flushes.push_back(snapshot);
    under_way_ = std::move(snapshot);
    looks_ = world_.looks_at_flush;
  }
  std::optional<Finished> finished(std::chrono::milliseconds) override {
    if (!under_way_ || looks_-- > 0) return std::nullopt;
    world_.polls_when_flush_ended = world_.polls;
    return Finished{*std::exchange(under_way_, std::nullopt), {}};
  }
  void give_up_retrying() override {}
  void pause() override {}

 private:
  WorkerWorld& world_;
  std::optional<FlushSnapshot> under_way_;
  int looks_ = 0;
};

void add(core::MessageBatch& batch, int offset, const std::string& payload) {
  core::Message message;
  message.offset = offset;
  message.next_offset = offset + 1;
  batch.append(message, payload, "");
}
void add(core::MessageBatch& batch, int offset, int number) { add(batch, offset, order(number)); }

// The last message that was counted and the next one; then one whose cells the store can't give.
class TwoBatches final : public source::Reader {
 public:
  TwoBatches(WorkerWorld& world, source::AssignmentListener& listener) : world_(world), listener_(listener) {}
  base::Status poll(core::MessageBatch& batch, std::chrono::milliseconds) override {
    batch.clear();
    if (polls_++ == 0) {
      SALESTREAM_ASSIGN(const std::vector<source::ResumePoint> points, listener_.on_assigned({0}));
      EXPECT_EQ(points.at(0).first_to_read(), 9);
      add(batch, 9, 9);
      add(batch, 10, 10);
      return {};
    }
    add(batch, 11, 11);
    world_.cells_are_there = false;
    world_.is_flush_held = false;
    return {};
  }
  void set_paused(bool) override {}
  bool is_finished() const override { return polls_ == 2; }
  void commit(const std::vector<core::PartitionProgress>&) override {}
  base::Status close() override { return {}; }

 private:
  WorkerWorld& world_;
  source::AssignmentListener& listener_;
  int polls_ = 0;
};

// One batch, in which an order comes twice; until its cells were given.
class BatchWithDuplicate final : public source::Reader {
 public:
  BatchWithDuplicate(WorkerWorld& world, source::AssignmentListener& listener) : world_(world), listener_(listener) {}
  base::Status poll(core::MessageBatch& batch, std::chrono::milliseconds) override {
    batch.clear();
    SALESTREAM_TRY(listener_.on_assigned({0}));
    add(batch, 9, 9);
    add(batch, 10, 10);
    add(batch, 11, 10);
    return {};
  }
  void set_paused(bool) override {}
  bool is_finished() const override { return world_.have_cells_been_given; }
  void commit(const std::vector<core::PartitionProgress>&) override {}
  base::Status close() override { return {}; }

 private:
  WorkerWorld& world_;
  source::AssignmentListener& listener_;
};

// The last message that was counted, and these behind it, in batches of so many.
class GivenMessages final : public source::Reader {
 public:
  GivenMessages(WorkerWorld& world, source::AssignmentListener& listener, std::vector<std::string> messages,
                std::size_t batch_messages = SIZE_MAX)
      : world_(world), listener_(listener), messages_(std::move(messages)), batch_messages_(batch_messages) {}
  base::Status poll(core::MessageBatch& batch, std::chrono::milliseconds) override {
    batch.clear();
    if (world_.polls++ == 0) {
      SALESTREAM_TRY(listener_.on_assigned({0}));
      add(batch, 9, 9);
    }
    for (std::size_t i = 0; i < batch_messages_ && next_ < messages_.size(); ++i, ++next_)
      add(batch, 10 + static_cast<int>(next_), messages_[next_]);
    is_finished_ = batch.messages().empty();
    return {};
  }
  void set_paused(bool) override {}
  bool is_finished() const override { return is_finished_; }
  void commit(const std::vector<core::PartitionProgress>&) override {}
  base::Status close() override { return {}; }

 private:
  WorkerWorld& world_;
  source::AssignmentListener& listener_;
  const std::vector<std::string> messages_;
  const std::size_t batch_messages_;
  std::size_t next_ = 0;
  bool is_finished_ = false;
};

// The first messages of two partitions that were never read.
class TwoBeginnings final : public source::Reader {
 public:
  TwoBeginnings(source::AssignmentListener& listener, std::string payload)
      : listener_(listener), payload_(std::move(payload)) {}
  base::Status poll(core::MessageBatch& batch, std::chrono::milliseconds) override {
    batch.clear();
    if (polls_++ > 0) return {};
    SALESTREAM_TRY(listener_.on_assigned({1, 2}));
    for (const core::PartitionId partition : {1, 2}) {
      core::Message message;
      message.partition = partition;
      message.next_offset = 1;
      batch.append(message, payload_, "");
    }
    return {};
  }
  void set_paused(bool) override {}
  bool is_finished() const override { return polls_ > 1; }
  void commit(const std::vector<core::PartitionProgress>&) override {}
  base::Status close() override { return {}; }

 private:
  source::AssignmentListener& listener_;
  const std::string payload_;
  int polls_ = 0;
};

class WorkerTest : public ::testing::Test {
 protected:
  WorkerTest() {
    definition_.order.id = core::FieldPath{{"id"}};
    definition_.order.items = core::FieldPath{{"items"}};
    definition_.order.product = core::FieldPath{{"product"}};
    definition_.order.quantity = core::FieldPath{{"quantity"}};
    definition_.deduplicate = core::Deduplicate{.window_messages = 1};
    definition_.totals = {{"t", {core::Dimension::kProduct}, {{"units", core::Measure::kUnits}}}};
    make_worker();
  }
  void make_worker() {
    worker_ = std::make_unique<Worker>(Worker::Parts{.definition = definition_,
                                                     .limits = limits_,
                                                     .source_name = "a source",
                                                     .targets = nullptr,
                                                     .reject_warnings = warnings_,
                                                     .warnings = warnings_,
                                                     .stop = stop_,
                                                     .is_at_end = is_at_end_,
                                                     .clock = std::chrono::steady_clock::now,
                                                     .is_shape_said = is_shape_said_},
                                       std::make_unique<CountedSession>(world_), std::make_unique<HeldFlusher>(world_));
  }

  WorkerWorld world_;
  core::Definition definition_;
  Limits limits_;
  base::RateLimitedWarnings warnings_{1, std::chrono::hours(1), base::RateLimitedWarnings::LeftOut::kSuppressed};
  std::atomic<bool> stop_{false}, is_at_end_{false};
  std::atomic<bool>* is_shape_said_ = nullptr;
  std::unique_ptr<Worker> worker_;
};

TEST_F(WorkerTest, TheWindowThatAFlushSavesIsThatOfItsProgress) {
  TwoBatches source(world_, worker_->listener());
  ASSERT_TRUE(worker_->run(source).ok());
  ASSERT_EQ(world_.flushes.size(), 1U);
  ASSERT_EQ(world_.flushes[0].progress.size(), 1U);
  EXPECT_EQ(world_.flushes[0].progress[0].next_offset, 11);
  EXPECT_EQ(world_.flushes[0].progress[0].window_offset, 10);  // and not 11, which waits for its cells
}

TEST_F(WorkerTest, ABatchThatIsTriedAgainIsNotComparedWithItsOwnIds) {
  world_.refusals = 3;
  world_.is_flush_held = false;
  BatchWithDuplicate source(world_, worker_->listener());
  ASSERT_TRUE(worker_->run(source).ok());
  EXPECT_LT(world_.refusals, 0);
  ASSERT_EQ(world_.flushes.size(), 1U);
  ASSERT_EQ(world_.flushes[0].progress.size(), 1U);
  EXPECT_EQ(world_.flushes[0].progress[0].next_offset, 12);
  const core::Counters& counted = world_.flushes[0].progress[0].counters;
  EXPECT_EQ(counted.messages, 2);
  EXPECT_EQ(counted.orders, 1);
  EXPECT_EQ(counted.duplicates, 1);
  EXPECT_EQ(worker_->state().status.counters, counted);
  ASSERT_EQ(world_.flushes[0].changes.size(), 1U);
  EXPECT_EQ(world_.flushes[0].changes[0].cell.measures.orders, 1);
}

TEST_F(WorkerTest, ABatchOfManyKeysIsCountedSliceBySlice) {
  limits_.keys_at_once_bytes = 1;  // of one order
  world_.is_flush_held = false;
  world_.refusals = 2;  // a slice that is tried again
  make_worker();
  GivenMessages source(world_, worker_->listener(), {order(1), order(2), "no order", order(3), order(3)});
  ASSERT_TRUE(worker_->run(source).ok());
  EXPECT_EQ(world_.most_keys_at_once, 1U);
  ASSERT_FALSE(world_.flushes.empty());
  const core::PartitionProgress& progress = world_.flushes.back().progress.at(0);
  EXPECT_EQ(progress.next_offset, 15);
  EXPECT_EQ(progress.last_checksum, core::checksum(order(3)));
  EXPECT_EQ(progress.counters.messages, 5);
  EXPECT_EQ(progress.counters.orders, 3);
  EXPECT_EQ(progress.counters.duplicates, 1);
  EXPECT_EQ(progress.counters.all_rejects(), 1);
  EXPECT_EQ(worker_->state().status.counters, progress.counters);
}

TEST_F(WorkerTest, RejectedMessagesOfABatchGoToTheStoreWhereTheyAreTooManyForTheMemory) {
  const std::string garbage(1000, 'x');
  limits_.rejects_in_memory_bytes = 4 * static_cast<std::int64_t>(sizeof(core::Reject) + garbage.size() + 100);
  world_.is_flush_held = false;
  make_worker();
  GivenMessages source(world_, worker_->listener(), std::vector(20, garbage));
  ASSERT_TRUE(worker_->run(source).ok());
  std::size_t all = 0;
  for (const FlushSnapshot& flush : world_.flushes) {
    EXPECT_LE(flush.rejects.size(), 2U);
    all += flush.rejects.size();
  }
  EXPECT_EQ(all, 20U);
  EXPECT_EQ(world_.flushes.back().progress.at(0).counters.all_rejects(), 20);
}

TEST_F(WorkerTest, ARejectedMessageOfMoreThanTheLimitIsStoredBeforeMoreIsRead) {
  limits_.rejects_in_memory_bytes = 64 * 1024;
  world_.is_flush_held = false;
  world_.looks_at_flush = 20;
  make_worker();
  GivenMessages source(world_, worker_->listener(), {std::string(1 << 20, 'x')}, 1);
  ASSERT_TRUE(worker_->run(source).ok());
  EXPECT_EQ(world_.flushes.size(), 1U);
  EXPECT_EQ(world_.polls_when_flush_ended, 1);
}

TEST_F(WorkerTest, WhatAFileLooksLikeIsSaidOnceARunAndNeverOfATopic) {
  int hints = 0;
  base::set_log_sink([&](base::LogLevel, std::string_view line) {
    if (line.find("its first message is no order. It looks like one JSON array") != std::string_view::npos) ++hints;
  });
  world_.is_flush_held = false;
  const auto run = [&](std::atomic<bool>* is_shape_said) {
    is_shape_said_ = is_shape_said;
    make_worker();
    TwoBeginnings source(worker_->listener(), "[");
    EXPECT_TRUE(worker_->run(source).ok());
    EXPECT_EQ(worker_->state().status.counters.all_rejects(), 2);
  };
  run(nullptr);
  EXPECT_EQ(hints, 0);
  std::atomic<bool> is_shape_said{false};
  run(&is_shape_said);
  run(&is_shape_said);  // another worker of the run
  EXPECT_EQ(hints, 1);
  base::set_log_sink(nullptr);
}

}  // namespace
}  // namespace salestream::engine
