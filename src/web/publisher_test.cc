// SPDX-License-Identifier: Apache-2.0
// How often the store is read, and what is shown when it can't be. The store is made up: a real one is neither slow nor
// away when a test asks for it.
#include "web/publisher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "store/testing.h"

namespace salestream::web {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;

struct World {
  std::atomic<int> reads{0};
  std::atomic<bool> fails{false}, is_watched{true};
  std::atomic<milliseconds> takes{milliseconds(0)};
  std::shared_future<void> answers;       // of a read, once answers_late
  std::atomic<bool> answers_late{false};  // set after `answers`, which nobody writes from then on
  std::atomic<int> views{0};
  std::atomic<std::int64_t> stored{0};
  std::atomic<std::size_t> max_bytes{0};
  std::atomic<int> rejects{0};
  std::shared_future<void> has_totals;  // of read_totals, once totals_come_late
  std::atomic<bool> totals_come_late{false};
  std::atomic<bool> is_silent{false};  // the source
  std::atomic<core::Offset> next_offset{7}, log_end{10};
};

class FakeSource final : public source::Source {
 public:
  explicit FakeSource(const World& world) : world_(world) {}
  std::string identity() const override { return "a source"; }
  std::string where() const override { return "a source"; }
  base::Result<std::vector<source::PartitionRange>> ranges() override {
    if (world_.is_silent) return base::retriable("the source does not answer");
    return std::vector{source::PartitionRange{0, 0, world_.log_end}};
  }
  base::Result<std::optional<source::MessageAt>> message_at(core::PartitionId, core::Offset) override {
    return std::optional<source::MessageAt>();
  }
  int max_workers() const override { return 1; }
  base::Result<std::unique_ptr<source::Reader>> open(int, int, source::AssignmentListener&) override {
    return base::failure("nobody reads it");
  }

 private:
  const World& world_;
};

// Of a store in which nothing was sent again.
class FakeRecords final : public store::ResendRecords {
 public:
  base::Result<std::vector<store::Resend>> read() override { return std::vector<store::Resend>(); }
  base::Result<std::vector<store::ResendMark>> read_marks(std::span<const store::RejectPlace>) override {
    return std::vector<store::ResendMark>();
  }
  base::Status begin(const store::Resend&, std::span<const store::ResendMark>) override { return {}; }
  base::Status settle(const std::string&, store::ResendState, std::int64_t) override { return {}; }
};

class FakeStore final : public store::testing::EmptyStore {
 public:
  using EmptyStore::EmptyStore;
  base::Result<std::unique_ptr<store::ResendRecords>> resends() override {
    return std::unique_ptr<store::ResendRecords>(std::make_unique<FakeRecords>());
  }
};

class FakeSession final : public store::testing::EmptySession {
 public:
  explicit FakeSession(World& world) : world_(world) {}
  base::Result<std::vector<core::PartitionProgress>> read_progress() override {
    ++world_.reads;
    std::this_thread::sleep_for(world_.takes.load());
    if (world_.answers_late) world_.answers.wait();
    if (world_.fails) return base::retriable("the store is unavailable");
    core::PartitionProgress progress{.next_offset = world_.next_offset};
    progress.counters.orders = 7;
    progress.counters.rejects[0] = world_.rejects;
    return std::vector{progress};
  }
  base::Result<store::TotalsPage> read_totals(store::TableIndex, store::PageLimit limit) override {
    world_.max_bytes = limit.bytes;
    if (world_.totals_come_late) world_.has_totals.wait();
    store::TotalsPage page;
    page.rows = {{"Mouse", {core::Decimal::from_integer(5), {}, 1}, 1}};
    page.all_rows = 1;
    return page;
  }

 private:
  World& world_;
};

class PublisherTest : public ::testing::Test {
 protected:
  PublisherTest() {
    RunInfo run_info;
    run_info.definition.totals = {
        {"sales", {core::Dimension::kProduct}, {{"p", core::Dimension::kProduct}, {"r", core::Measure::kRevenue}}}};
    run_info_ = std::make_shared<const RunInfo>(std::move(run_info));
  }

  // Each view finds more in the store than the one before.
  Publisher& start(Publisher::Intervals intervals) {
    Publisher::Parts parts;
    parts.run_info = run_info_;
    parts.status = [this] {
      engine::RunStatus status;
      status.messages_stored = ++world_.stored;
      return status;
    };
    parts.health = [] { return engine::Health{.has_begun = true, .has_assignment = true}; };
    parts.lag = lag_ ? &*lag_ : nullptr;
    parts.open_rejects = &open_rejects_;
    parts.is_watched = [this] { return world_.is_watched.load(); };
    parts.on_view = [this](const View&) { ++world_.views; };
    auto readers = Publisher::open_readers(run_info_->definition, store_).value();
    publisher_ = std::make_unique<Publisher>(std::move(parts), std::move(readers), intervals);
    publisher_->start();
    return *publisher_;
  }

  template <typename Condition>
  void wait_until(Condition condition) {
    const auto deadline = Clock::now() + std::chrono::seconds(20);
    while (!condition() && Clock::now() < deadline) std::this_thread::sleep_for(milliseconds(1));
    EXPECT_TRUE(condition());
  }

  World world_;
  FakeSource source_{world_};
  std::optional<results::LagWatcher> lag_;  // nothing: the source has no end
  FakeStore store_{[this] { return std::make_unique<FakeSession>(world_); }};
  rejects::OpenRejects open_rejects_{store_};
  std::shared_ptr<const RunInfo> run_info_;
  std::unique_ptr<Publisher> publisher_;
};

TEST_F(PublisherTest, ShowsWhatTheStoreHas) {
  Publisher& publisher = start({.view = milliseconds(1)});
  wait_until([&] { return publisher.view()->tables != nullptr; });
  const auto view = publisher.view();
  EXPECT_GT(view->as_of_ms, 0);
  EXPECT_EQ(world_.max_bytes, kMaxViewBytes) << "names beyond it are never read";
  EXPECT_EQ(view->counters.orders, 7);
  EXPECT_EQ(view->tables->at(0).rows.at(0).cells, (std::vector<std::string>{"Mouse", "5.00"}));
  EXPECT_TRUE(publisher.finish_within(std::chrono::seconds(10)));
  EXPECT_EQ(publisher.view()->freshness, results::Freshness::kEnded);
}

TEST_F(PublisherTest, ShowsHowManyRejectedMessagesAreOpen) {
  world_.rejects = 3;
  Publisher& publisher = start({.view = milliseconds(1)});
  const auto open = [&] {
    const auto resent = publisher.view()->resent;
    return resent ? std::optional(resent->open) : std::nullopt;
  };
  wait_until([&] { return open() == 3; });
  world_.rejects = 4;
  wait_until([&] { return open() == 4; });
}

TEST_F(PublisherTest, BeforeTheStoreIsReadItIsNotKnownHowManyAreOpen) {
  world_.fails = true;
  Publisher& publisher = start({.view = milliseconds(1), .others = milliseconds(1)});
  wait_until([&] { return world_.views > 5; });
  EXPECT_FALSE(publisher.view()->resent.has_value()) << "and not 0";
}

TEST_F(PublisherTest, ReadsTheStoreRarelyWhileNobodyLooks) {
  world_.is_watched = false;
  start({.view = milliseconds(1), .unwatched = std::chrono::hours(1)});
  wait_until([&] { return world_.views > 50; });
  EXPECT_EQ(world_.reads, 1);
  world_.is_watched = true;
  wait_until([&] { return world_.reads > 3; });
}

TEST_F(PublisherTest, ReadsTheStoreATwentiethOfTheTimeAtMost) {
  world_.takes = milliseconds(20);
  const auto began = Clock::now();
  start({.view = milliseconds(1)});
  wait_until([&] { return world_.reads == 3; });
  EXPECT_GE(Clock::now() - began, 2 * 20 * world_.takes.load());
}

TEST_F(PublisherTest, SaysThatTheStoreCantBeReadAndKeepsWhatItShowed) {
  Publisher& publisher = start({.view = milliseconds(1), .others = milliseconds(1)});
  wait_until([&] { return publisher.view()->tables != nullptr; });
  world_.fails = true;
  wait_until([&] { return !publisher.view()->problem.empty(); });
  EXPECT_THAT(publisher.view()->problem, HasSubstr("the store is unavailable"));
  EXPECT_EQ(publisher.view()->tables->at(0).all_rows, 1);
  world_.fails = false;
  wait_until([&] { return publisher.view()->problem.empty(); });
}

TEST_F(PublisherTest, AReadThatFailedSlowlyIsTriedAgainSoon) {
  world_.takes = milliseconds(500);
  world_.fails = true;
  Publisher& publisher = start({.view = milliseconds(1), .others = milliseconds(1)});
  wait_until([&] { return !publisher.view()->problem.empty(); });
  world_.takes = milliseconds(0);
  world_.fails = false;
  const auto began = Clock::now();
  wait_until([&] { return publisher.view()->problem.empty(); });
  EXPECT_LT(Clock::now() - began, std::chrono::seconds(5));  // and not twenty times as long as it took
}

TEST_F(PublisherTest, SaysThatItWaitsForAStoreThatDoesNotAnswer) {
  std::promise<void> answer;
  Publisher& publisher = start({.view = milliseconds(1), .others = milliseconds(1)});
  wait_until([&] { return publisher.view()->freshness == results::Freshness::kEndless; });
  world_.answers = answer.get_future().share();
  world_.answers_late = true;
  wait_until([&] { return publisher.view()->freshness == results::Freshness::kWaitingForStore; });
  EXPECT_TRUE(publisher.view()->problem.empty());  // it has not failed
  EXPECT_EQ(publisher.view()->counters.orders, 7);
  answer.set_value();
  wait_until([&] { return publisher.view()->freshness == results::Freshness::kEndless; });
}

TEST_F(PublisherTest, TheLagMovesOnWhileTheTotalsAreRead) {
  lag_.emplace(source_);
  Publisher& publisher = start({.view = milliseconds(1), .others = milliseconds(1)});
  wait_until([&] { return publisher.view()->lag == 3 && publisher.view()->tables != nullptr; });
  std::promise<void> totals;
  world_.has_totals = totals.get_future().share();
  world_.totals_come_late = true;
  world_.next_offset = 9;
  wait_until([&] { return publisher.view()->lag == 1; });
  world_.next_offset = 10;
  wait_until([&] { return publisher.view()->lag == 0; });
  // What is shown lacks what was counted since.
  const auto view = publisher.view();
  EXPECT_FALSE(view->complete.is_everything);
  EXPECT_NE(view->freshness, results::Freshness::kUpToDate);
  EXPECT_GT(view->lag_as_of_ms, 0);
  EXPECT_EQ(view->lag_seconds, 0);
  totals.set_value();
  wait_until([&] { return publisher.view()->freshness == results::Freshness::kUpToDate; });
  EXPECT_TRUE(publisher.view()->complete.is_everything);
}

TEST_F(PublisherTest, TheLagIsKnownBeforeTheTotalsWereReadOnce) {
  lag_.emplace(source_);
  std::promise<void> totals;
  world_.has_totals = totals.get_future().share();
  world_.totals_come_late = true;
  Publisher& publisher = start({.view = milliseconds(1)});
  wait_until([&] { return publisher.view()->lag == 3; });
  EXPECT_EQ(publisher.view()->as_of_ms, 0);
  totals.set_value();
}

TEST_F(PublisherTest, WhatTotalsLackIsKnownOnceASourceAnswersThatWasSilentWhenTheyWereRead) {
  world_.is_silent = true;
  lag_.emplace(source_);
  Publisher& publisher = start({.view = milliseconds(1), .others = milliseconds(1)});
  wait_until([&] { return publisher.view()->tables != nullptr && publisher.view()->as_of_ms > 0; });
  std::promise<void> totals;
  world_.has_totals = totals.get_future().share();
  world_.totals_come_late = true;
  const int reads = world_.reads;
  wait_until([&] { return world_.reads > reads + 2; });  // from here on, no other totals are shown
  world_.is_silent = false;
  wait_until([&] { return publisher.view()->freshness == results::Freshness::kCatchingUp; });
  EXPECT_EQ(publisher.view()->lag, 3);
  totals.set_value();
}

TEST_F(PublisherTest, AStoreThatDoesNotAnswerKeepsNobodyFromEnding) {
  std::promise<void> answer;
  world_.answers = answer.get_future().share();
  world_.answers_late = true;
  Publisher& publisher = start({.view = milliseconds(1)});
  wait_until([&] { return world_.reads == 1; });
  EXPECT_FALSE(publisher.finish_within(milliseconds(50)));
  answer.set_value();
  EXPECT_TRUE(publisher.finish_within(std::chrono::seconds(10)));
}

}  // namespace
}  // namespace salestream::web
