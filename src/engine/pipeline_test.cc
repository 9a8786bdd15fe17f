// SPDX-License-Identifier: Apache-2.0
// The start of a run beside others, and its end while the store is unavailable;
// with a source and a store that do just that.
#include "engine/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "engine/flush_thread.h"
#include "store/testing.h"

namespace salestream::engine {
namespace {

using ::testing::HasSubstr;

// One partition that another instance reads and counts all the time: each question finds more in it.
struct PipelineWorld {
  core::Offset written = 10;
  base::Status flush_outcome;
};

class BusySession final : public store::testing::EmptySession {
 public:
  explicit BusySession(PipelineWorld& world) : world_(world) {}
  base::Result<std::vector<core::PartitionProgress>> read_progress() override {
    core::PartitionProgress progress;
    progress.next_offset = world_.written;
    world_.written += 10;
    return std::vector{progress};
  }
  base::Status flush(const std::function<base::Status(store::FlushSteps&)>&) override { return world_.flush_outcome; }

 private:
  PipelineWorld& world_;
};

class BusyStore final : public store::testing::EmptyStore {
 public:
  explicit BusyStore(PipelineWorld& world) : EmptyStore([&world] { return std::make_unique<BusySession>(world); }) {}
};

class FinishedReader final : public source::Reader {
 public:
  base::Status poll(core::MessageBatch& batch, std::chrono::milliseconds) override {
    batch.clear();
    return {};
  }
  void set_paused(bool) override {}
  bool is_finished() const override { return true; }
  void commit(const std::vector<core::PartitionProgress>&) override {}
  base::Status close() override { return {}; }
};

class BusySource final : public source::Source {
 public:
  explicit BusySource(PipelineWorld& world) : world_(world) {}
  std::string identity() const override { return "a source"; }
  std::string where() const override { return "a source"; }
  base::Result<std::vector<source::PartitionRange>> ranges() override {
    const std::vector found{source::PartitionRange{0, 0, world_.written}};
    world_.written += 10;
    return found;
  }
  base::Result<std::optional<source::MessageAt>> message_at(core::PartitionId, core::Offset) override {
    return std::optional<source::MessageAt>();
  }
  int max_workers() const override { return 1; }
  base::Result<std::unique_ptr<source::Reader>> open(int, int, source::AssignmentListener&) override {
    return std::unique_ptr<source::Reader>(std::make_unique<FinishedReader>());
  }

 private:
  PipelineWorld& world_;
};

TEST(Pipeline, WhatOthersCountWhileItStartsIsNoShorterSource) {
  PipelineWorld world;
  BusyStore store(world);
  BusySource source(world);
  core::Definition definition;
  definition.order.items = core::FieldPath{{"items"}};
  definition.order.product = core::FieldPath{{"product"}};
  definition.order.quantity = core::FieldPath{{"quantity"}};
  Pipeline pipeline(definition, source, store, {{}, true});
  const base::Status status = pipeline.run();
  EXPECT_TRUE(status.ok()) << status.error().message;
}

TEST(FlushThread, GivenUpOnItSaysThatNothingIsLost) {
  PipelineWorld world;
  world.flush_outcome = base::retriable("nobody answers");
  base::RateLimitedWarnings warnings(1, std::chrono::hours(1), base::RateLimitedWarnings::LeftOut::kSuppressed);
  FlushThread flusher(std::make_unique<BusySession>(world), warnings);
  flusher.start({});
  EXPECT_FALSE(flusher.finished(std::chrono::milliseconds(150)));  // it tries again
  flusher.give_up_retrying();
  const auto finished = flusher.finished(std::chrono::seconds(30));
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->status.error().kind, base::ErrorKind::kRetriable);
  EXPECT_THAT(finished->status.error().message, HasSubstr("nobody answers; what was read"));
  EXPECT_THAT(finished->status.error().message, HasSubstr("the next run reads it again"));
}

core::Reject reject_at(core::Offset offset) {
  core::Reject reject;
  reject.offset = offset;
  return reject;
}

// A topic that has what was put when it is told so.
class SlowTopic final : public RejectTopic {
 public:
  struct State {
    base::Mutex mutex;
    std::vector<core::Offset> put ABSL_GUARDED_BY(mutex);
    bool has_all ABSL_GUARDED_BY(mutex) = false;
  };
  explicit SlowTopic(State& state) : state_(state) {}

  std::string where() const override { return "topic bad"; }
  base::Status put(std::span<const core::Reject> rejects) override {
    const base::MutexLock lock(state_.mutex);
    for (const core::Reject& reject : rejects) state_.put.push_back(reject.offset);
    return {};
  }
  base::Result<bool> has_all(std::chrono::milliseconds) override {
    const base::MutexLock lock(state_.mutex);
    return state_.has_all;
  }

 private:
  State& state_;
};

TEST(FlushThread, NothingIsStoredBeforeTheTopicHasItsRejects) {
  PipelineWorld world;
  world.flush_outcome = base::failure("the store was asked");
  SlowTopic::State topic;
  base::RateLimitedWarnings warnings(1);
  FlushThread flusher(std::make_unique<BusySession>(world), warnings, std::make_unique<SlowTopic>(topic));
  FlushSnapshot snapshot;
  snapshot.rejects = {reject_at(4), reject_at(7)};
  flusher.start(std::move(snapshot));
  EXPECT_FALSE(flusher.finished(std::chrono::milliseconds(300))) << "the store was not asked yet";
  {
    const base::MutexLock lock(topic.mutex);
    EXPECT_THAT(topic.put, testing::ElementsAre(4, 7));
    topic.has_all = true;
  }
  const auto finished = flusher.finished(std::chrono::seconds(30));
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->status.error().message, "the store was asked");
}

TEST(FlushThread, ATopicGetsItsRejectsOnceHoweverOftenTheStoreIsAsked) {
  PipelineWorld world;
  world.flush_outcome = base::retriable("nobody answers");
  SlowTopic::State topic;
  {
    const base::MutexLock lock(topic.mutex);
    topic.has_all = true;
  }
  base::RateLimitedWarnings warnings(1);
  FlushThread flusher(std::make_unique<BusySession>(world), warnings, std::make_unique<SlowTopic>(topic));
  FlushSnapshot snapshot;
  snapshot.rejects = {reject_at(4)};
  flusher.start(std::move(snapshot));
  EXPECT_FALSE(flusher.finished(std::chrono::milliseconds(350)));  // it tries again
  flusher.give_up_retrying();
  ASSERT_TRUE(flusher.finished(std::chrono::seconds(30)));
  const base::MutexLock lock(topic.mutex);
  EXPECT_THAT(topic.put, testing::ElementsAre(4));
}

TEST(FlushThread, ATopicThatIsAwayIsGivenUpOn) {
  PipelineWorld world;
  SlowTopic::State topic;
  base::RateLimitedWarnings warnings(1);
  FlushThread flusher(std::make_unique<BusySession>(world), warnings, std::make_unique<SlowTopic>(topic));
  FlushSnapshot snapshot;
  snapshot.rejects = {reject_at(4)};
  flusher.start(std::move(snapshot));
  flusher.give_up_retrying();
  const auto finished = flusher.finished(std::chrono::seconds(30));
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->status.error().kind, base::ErrorKind::kRetriable);
  EXPECT_THAT(finished->status.error().message, HasSubstr("topic bad does not take 1 rejects; what was read"));
}

}  // namespace
}  // namespace salestream::engine
