// SPDX-License-Identifier: Apache-2.0
// What a flush takes while a batch waits for its cells: with a store that can't give them on demand.
#include "engine/worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
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
  bool is_flush_held = true;
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
    return world_.cells_are_there ? base::Status() : base::retriable("no cells now");
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
  }
  std::optional<Finished> finished(std::chrono::milliseconds) override {
    if (!under_way_) return std::nullopt;
    return Finished{*std::exchange(under_way_, std::nullopt), {}};
  }
  void give_up_retrying() override {}
  void pause() override {}

 private:
  WorkerWorld& world_;
  std::optional<FlushSnapshot> under_way_;
};

// The last message that was counted and the next one; then one whose cells the store can't give.
class TwoBatches final : public source::Reader {
 public:
  TwoBatches(WorkerWorld& world, source::Assignments& assignments) : world_(world), assignments_(assignments) {}
  base::Status poll(core::MessageBatch& batch, std::chrono::milliseconds) override {
    batch.clear();
    if (polls_++ == 0) {
      SALESTREAM_ASSIGN(const std::vector<source::ResumePoint> points, assignments_.on_assigned({0}));
      EXPECT_EQ(points.at(0).first_to_read(), 9);
      add(batch, 9);
      add(batch, 10);
      return {};
    }
    add(batch, 11);
    world_.cells_are_there = false;
    world_.is_flush_held = false;
    return {};
  }
  void set_paused(bool) override {}
  bool is_finished() const override { return polls_ == 2; }
  void commit(const std::vector<core::PartitionProgress>&) override {}
  base::Status close() override { return {}; }

 private:
  static void add(core::MessageBatch& batch, int offset) {
    core::Message message;
    message.offset = offset;
    message.next_offset = offset + 1;
    batch.append(message, order(offset), "");
  }

  WorkerWorld& world_;
  source::Assignments& assignments_;
  int polls_ = 0;
};

TEST(Worker, TheWindowThatAFlushSavesIsThatOfItsProgress) {
  WorkerWorld world;
  core::Definition definition;
  definition.order.id = core::FieldPath{{"id"}};
  definition.order.items = {{"items"}};
  definition.order.product = {{"product"}};
  definition.order.quantity = {{"quantity"}};
  definition.deduplicate = core::Deduplicate{.window_messages = 1};
  definition.totals = {{"t", {core::Dimension::kProduct}, {{"units", core::Measure::kUnits}}}};
  const Limits limits;
  base::RateLimitedWarnings log(1, std::chrono::hours(1), base::RateLimitedWarnings::LeftOut::kSuppressed);
  std::atomic<bool> stop{false}, is_at_end{false};
  Worker worker({.definition = definition,
                 .limits = limits,
                 .log_name = "a log",
                 .targets = nullptr,
                 .reject_warnings = log,
                 .warnings = log,
                 .stop = stop,
                 .is_at_end = is_at_end,
                 .clock = std::chrono::steady_clock::now},
                std::make_unique<CountedSession>(world), std::make_unique<HeldFlusher>(world));
  TwoBatches source(world, worker.assignments());
  ASSERT_TRUE(worker.run(source).ok());
  ASSERT_EQ(world.flushes.size(), 1U);
  ASSERT_EQ(world.flushes[0].progress.size(), 1U);
  EXPECT_EQ(world.flushes[0].progress[0].next_offset, 11);
  EXPECT_EQ(world.flushes[0].progress[0].window_offset, 10);  // and not 11, which waits for its cells
}

}  // namespace
}  // namespace salestream::engine
