// SPDX-License-Identifier: Apache-2.0
// A source that changes under a run, or from one run to the next, with a source
// that does just that: what is noticed, and what is no sign of another source.
#include "engine/fingerprint_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "base/mutex.h"
#include "engine/fingerprint_check_thread.h"
#include "engine/pipeline.h"
#include "store/testing.h"

namespace salestream::engine {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr core::Offset kFirst = 7;

using FakeMessages = std::vector<std::pair<core::Offset, std::string>>;

// What stands at the beginning of each partition: the only message that is asked for.
class FakeSource : public source::Source {
 public:
  std::string identity() const override { return "a source"; }
  std::string where() const override { return "topic orders"; }
  base::Result<std::vector<source::PartitionRange>> ranges() override {
    return std::vector{source::PartitionRange{0, kFirst, kFirst + 1}};
  }
  base::Result<std::optional<source::MessageAt>> message_at(core::PartitionId partition, core::Offset) override {
    const base::MutexLock lock(mutex_);
    asked_.push_back(partition);
    changed_.notify_all();
    if (const auto found = errors.find(partition); found != errors.end()) return found->second;
    const auto found = messages_.find(partition);
    if (found == messages_.end()) return std::optional<source::MessageAt>();
    return std::optional(source::MessageAt{found->second.first, -1, core::checksum(found->second.second)});
  }
  int max_workers() const override { return 1; }
  base::Result<std::unique_ptr<source::Reader>> open(int, int, source::AssignmentListener& listener) override;

  void put(core::PartitionId partition, core::Offset offset, std::string text) {
    const base::MutexLock lock(mutex_);
    messages_[partition] = {offset, std::move(text)};
  }
  std::vector<core::PartitionId> asked() {
    const base::MutexLock lock(mutex_);
    return asked_;
  }
  void wait_until_asked(std::size_t times) {
    const base::MutexLock lock(mutex_);
    changed_.wait(mutex_, [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return asked_.size() >= times; });
  }

  std::map<core::PartitionId, base::Error> errors;
  FakeMessages second_batch;     // of partition 0, after its first message
  bool loses_partition = false;  // after that

 private:
  base::Mutex mutex_;
  base::CondVar changed_;
  std::map<core::PartitionId, std::pair<core::Offset, std::string>> messages_ ABSL_GUARDED_BY(mutex_);
  std::vector<core::PartitionId> asked_ ABSL_GUARDED_BY(mutex_);
};

// Gives the message of partition 0, then a second batch, then says that nothing more is there.
class FakeReader final : public source::Reader {
 public:
  FakeReader(source::AssignmentListener& listener, const FakeMessages& second, bool loses_partition)
      : listener_(listener), second_(second), loses_partition_(loses_partition) {}
  base::Status poll(core::MessageBatch& batch, milliseconds wait) override {
    batch.clear();
    switch (polls_++) {
      case 0: {
        SALESTREAM_ASSIGN(const auto points, listener_.on_assigned({0}));
        append(batch, {{kFirst, "old"}});
        break;
      }
      case 1: append(batch, second_); break;
      case 2:
        if (loses_partition_) return listener_.on_revoked();
        break;
      default: std::this_thread::sleep_for(wait);
    }
    batch.add_reached_end({0, kFirst + 1});
    return {};
  }
  void set_paused(bool) override {}
  bool is_finished() const override { return false; }
  void commit(const std::vector<core::PartitionProgress>&) override {}
  base::Status close() override { return listener_.on_revoked(); }

 private:
  static void append(core::MessageBatch& batch, const FakeMessages& messages) {
    for (const auto& [offset, text] : messages) {
      core::Message message;
      message.offset = offset;
      message.next_offset = offset + 1;
      batch.append(message, text, {});
    }
  }

  source::AssignmentListener& listener_;
  const FakeMessages second_;
  const bool loses_partition_;
  int polls_ = 0;
};

base::Result<std::unique_ptr<source::Reader>> FakeSource::open(int, int, source::AssignmentListener& listener) {
  return std::unique_ptr<source::Reader>(std::make_unique<FakeReader>(listener, second_batch, loses_partition));
}

// Keeps progress, and nothing else.
class Kept {
 public:
  void set(std::span<const core::PartitionProgress> progress) {
    const base::MutexLock lock(mutex_);
    progress_.assign(progress.begin(), progress.end());
  }
  std::vector<core::PartitionProgress> progress() {
    const base::MutexLock lock(mutex_);
    return progress_;
  }

 private:
  base::Mutex mutex_;
  std::vector<core::PartitionProgress> progress_ ABSL_GUARDED_BY(mutex_);
};

class FakeSession final : public store::testing::EmptySession, public store::FlushSteps {
 public:
  explicit FakeSession(Kept& kept) : kept_(kept) {}
  base::Result<std::vector<core::PartitionProgress>> read_progress() override { return kept_.progress(); }
  base::Status flush(const std::function<base::Status(store::FlushSteps&)>& steps) override { return steps(*this); }

  base::Status write_rejects(std::span<const core::Reject>) override { return {}; }
  base::Status write_cells(store::TableIndex, std::span<const store::CellWrite>) override { return {}; }
  base::Status read_cells(store::TableIndex, std::span<const std::string_view>,
                          std::vector<store::KeyedCell>&) override {
    return {};
  }
  base::Status write_totals(store::TableIndex, std::span<const core::TotalsRow>) override { return {}; }
  base::Status write_progress(std::span<const core::PartitionProgress> progress) override {
    kept_.set(progress);
    return {};
  }

 private:
  Kept& kept_;
};

class FakeStore : public store::testing::EmptyStore {
 public:
  FakeStore() : EmptyStore([this] { return std::make_unique<FakeSession>(kept); }) {}
  Kept kept;
};

core::Definition definition() {
  core::Definition definition;
  definition.order.items = core::FieldPath{{"items"}};
  definition.order.product = core::FieldPath{{"product"}};
  definition.order.quantity = core::FieldPath{{"quantity"}};
  return definition;
}

LogFingerprint fingerprint(core::PartitionId partition) { return {partition, kFirst, core::checksum("old")}; }

base::Status check(FakeSource& source, std::vector<LogFingerprint> fingerprints = {fingerprint(0), fingerprint(1)}) {
  const std::atomic<bool> stop{false};
  return check_fingerprints(source, fingerprints, stop);
}

TEST(CheckFingerprints, TheSameMessagesAreTheSameSource) {
  FakeSource source;
  source.put(0, kFirst, "old");
  source.put(1, kFirst, "old");
  EXPECT_TRUE(check(source).ok());
  EXPECT_THAT(source.asked(), ElementsAre(0, 1));
}

TEST(CheckFingerprints, AnotherMessageInThePlaceOfTheFirstIsAnotherSource) {
  FakeSource source;
  source.put(0, kFirst, "old");
  source.put(1, kFirst, "new");
  const base::Status status = check(source);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, base::ErrorKind::kFailure);
  EXPECT_THAT(status.error().message,
              HasSubstr("topic orders is not the source that the store has counted: partition 1 has "
                        "another message at offset 7"));
  EXPECT_THAT(status.error().message, HasSubstr("salestream reset"));
}

TEST(CheckFingerprints, WhatHasExpiredTellsNothing) {
  FakeSource source;
  source.put(0, kFirst + 1, "a later one");  // and nothing at all is left of partition 1
  EXPECT_TRUE(check(source).ok());
}

TEST(CheckFingerprints, AnUnavailableSourceTellsNothingAndIsAskedNoFurther) {
  FakeSource source;
  source.errors.emplace(0, base::retriable("nobody answers"));
  source.put(1, kFirst, "new");
  const base::Status status = check(source);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, base::ErrorKind::kRetriable);
  EXPECT_THAT(source.asked(), ElementsAre(0));
}

TEST(CheckFingerprints, AQuestionThatIsRefusedHidesNoOtherPartition) {
  FakeSource source;
  source.errors.emplace(0, base::failure("there is no such partition"));
  source.put(1, kFirst, "old");
  EXPECT_TRUE(check(source).ok());
  source.put(1, kFirst, "new");
  EXPECT_FALSE(check(source).ok());
}

TEST(FingerprintCheckThread, EachRoundBeginsWithAnotherPartition) {
  FakeSource source;
  source.errors.emplace(0, base::retriable("its broker is unavailable"));
  source.put(1, kFirst, "new");
  FingerprintCheckThread thread(source);
  const auto round = [&] {
    thread.start({fingerprint(0), fingerprint(1)});
    for (;;)
      if (const auto finished = thread.finished())
        return finished->ok() ? base::ErrorKind::kUsage : finished->error().kind;
  };
  EXPECT_EQ(round(), base::ErrorKind::kRetriable);
  EXPECT_EQ(round(), base::ErrorKind::kFailure);
}

// A broker that hangs, until it is let go.
class HangingSource final : public FakeSource {
 public:
  base::Result<std::optional<source::MessageAt>> message_at(core::PartitionId, core::Offset) override {
    const base::MutexLock lock(mutex_);
    is_asked_ = true;
    changed_.notify_all();
    changed_.wait(mutex_, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return answers_; });
    return base::retriable("nobody answers");
  }
  void wait_until_asked() {
    const base::MutexLock lock(mutex_);
    changed_.wait(mutex_, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return is_asked_; });
  }
  void let_go() {
    const base::MutexLock lock(mutex_);
    answers_ = true;
    changed_.notify_all();
  }

 private:
  base::Mutex mutex_;
  base::CondVar changed_;
  bool is_asked_ ABSL_GUARDED_BY(mutex_) = false;
  bool answers_ ABSL_GUARDED_BY(mutex_) = false;
};

TEST(FingerprintCheckThread, SaysWhetherAQuestionIsStillUnderWay) {
  HangingSource source;
  FingerprintCheckThread thread(source);
  thread.start({fingerprint(0)});
  source.wait_until_asked();
  EXPECT_FALSE(thread.finished());
  EXPECT_FALSE(thread.stop_within(milliseconds(1)));
  source.let_go();
  EXPECT_TRUE(thread.stop_within(std::chrono::seconds(30)));
}

base::Status run(FakeSource& source, FakeStore& store, bool until_end) {
  const core::Definition orders = definition();
  Pipeline pipeline(orders, source, store, {{}, until_end});
  return pipeline.run();
}

// One that has counted its first message.
struct CountedStore : FakeStore {
  CountedStore() {
    FakeSource source;
    source.put(0, kFirst, "old");
    EXPECT_TRUE(run(source, *this, true).ok());
    EXPECT_EQ(kept.progress().at(0).first_offset, kFirst);
    EXPECT_EQ(kept.progress().at(0).first_checksum, core::checksum("old"));
  }
};

// Whether its worker still has the partition or not: a topic that is gone for a moment takes it away.
class ALogThatIsMadeAnew : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Pipeline, ALogThatIsMadeAnew, testing::Bool());

TEST_P(ALogThatIsMadeAnew, EndsTheRunThatReadsItAndEachLaterOne) {
  CountedStore store;
  FakeSource source;
  source.loses_partition = GetParam();
  source.put(0, kFirst, "old");
  base::Status ended;
  std::thread running([&] { ended = run(source, store, false); });
  source.wait_until_asked(1);
  source.put(0, kFirst, "new");
  running.join();
  ASSERT_FALSE(ended.ok());
  EXPECT_THAT(ended.error().message, HasSubstr("is not the source that the store has counted"));

  EXPECT_EQ(store.kept.progress().at(0).first_checksum, core::checksum("old"));
  EXPECT_FALSE(run(source, store, false).ok());
  EXPECT_FALSE(run(source, store, true).ok());
}

TEST(Pipeline, ARunUntilTheEndLooksAtTheSourceOnceMoreWhenAllIsRead) {
  FakeSource source;
  FakeStore store;
  source.put(0, kFirst, "new");  // there was nothing to be compared when it began, and its source gives "old"
  const base::Status ended = run(source, store, true);
  ASSERT_FALSE(ended.ok());
  EXPECT_THAT(ended.error().message, HasSubstr("is not the source that the store has counted"));
}

TEST(Pipeline, ARunUntilTheEndEndsWellOverTheSameSourceAnExpiredOneAndOneThatIsUnavailable) {
  CountedStore store;
  FakeSource same;
  same.put(0, kFirst, "old");
  EXPECT_TRUE(run(same, store, true).ok());
  FakeSource expired;
  expired.put(0, kFirst + 1, "a later one");
  EXPECT_TRUE(run(expired, store, true).ok());
  FakeSource away;
  away.errors.emplace(0, base::retriable("nobody answers"));
  EXPECT_TRUE(run(away, store, true).ok());
}

// After its place was out of range for a moment, a source begins with the last message again, without a new assignment.
TEST(Pipeline, TheLastMessageThatComesOnceMoreMustBeTheSame) {
  FakeSource source;
  source.put(0, kFirst, "old");
  const auto status_after = [&](FakeMessages second, bool until_end) {
    source.second_batch = std::move(second);
    FakeStore store;
    return run(source, store, until_end);
  };
  EXPECT_TRUE(status_after({{kFirst, "old"}}, true).ok());
  for (const FakeMessages& second : {FakeMessages{{kFirst, "new"}}, {{kFirst + 1, "next"}, {kFirst, "new"}}}) {
    const base::Status ended = status_after(second, false);
    ASSERT_FALSE(ended.ok());
    EXPECT_THAT(ended.error().message, HasSubstr("partition 0 has another message at offset 7. "));
  }
}

TEST(Pipeline, ALogThatHangsDoesNotKeepARunFromStopping) {
  HangingSource source;
  CountedStore store;
  const core::Definition orders = definition();
  Pipeline pipeline(orders, source, store, {});
  const auto fingerprint_check = pipeline.fingerprint_check();
  base::Status status;
  std::thread running([&] { status = pipeline.run(); });
  source.wait_until_asked();
  pipeline.request_stop();
  running.join();
  EXPECT_TRUE(status.ok());
  EXPECT_FALSE(fingerprint_check->stop_within({}));
  source.let_go();
}

}  // namespace
}  // namespace salestream::engine
