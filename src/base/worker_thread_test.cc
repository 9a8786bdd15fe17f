// SPDX-License-Identifier: Apache-2.0
// One piece of work at a time, its end, and the thread's, with work that goes on until the test lets it end.
#include "base/worker_thread.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>

namespace salestream::base {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::minutes kLong{5};  // for what happens long before that, or not at all

// Work that begins and then waits for the test.
class HeldWork {
 public:
  std::function<void()> work() {
    return [this] {
      begun_.set_value();
      let_go_.get_future().wait();
    };
  }
  void wait_until_begun() { begun_.get_future().wait(); }
  void let_go() { let_go_.set_value(); }

 private:
  std::promise<void> begun_, let_go_;
};

TEST(WorkerThread, DoesWorkOnAThreadOfItsOwn) {
  WorkerThread thread;
  std::thread::id id;
  thread.start([&] { id = std::this_thread::get_id(); });
  EXPECT_TRUE(thread.finish_within(kLong));
  EXPECT_NE(id, std::thread::id());
  EXPECT_NE(id, std::this_thread::get_id());
}

TEST(WorkerThread, IsBusyUntilTheEndOfItsWorkIsTakenNoticeOf) {
  HeldWork held;
  WorkerThread thread;
  EXPECT_FALSE(thread.is_busy());
  thread.start(held.work());
  held.wait_until_begun();
  EXPECT_FALSE(thread.finish_within({}));
  EXPECT_TRUE(thread.is_busy());
  held.let_go();
  EXPECT_TRUE(thread.finish_within(kLong));
  EXPECT_FALSE(thread.is_busy());
  EXPECT_FALSE(thread.finish_within(kLong)) << "there is nothing to wait for any more";
}

TEST(WorkerThread, DoesOnePieceAfterTheOther) {
  WorkerThread thread;
  int sum = 0;
  for (int i = 1; i <= 100; ++i) {
    thread.start([&sum, i] { sum += i; });
    ASSERT_TRUE(thread.finish_within(kLong));
  }
  EXPECT_EQ(sum, 5050);
}

TEST(WorkerThread, ReleasesWhatItsWorkHoldsBeforeTheEndIsKnown) {
  WorkerThread thread;
  const auto held = std::make_shared<int>();
  thread.start([held] {});
  EXPECT_TRUE(thread.finish_within(kLong));
  EXPECT_EQ(held.use_count(), 1);
}

TEST(WorkerThread, SaysWhetherItHasStoppedWithinTheTime) {
  HeldWork held;
  WorkerThread thread;
  thread.start(held.work());
  held.wait_until_begun();
  EXPECT_FALSE(thread.stop_within(milliseconds(1)));
  EXPECT_TRUE(thread.is_interrupted());
  held.let_go();
  EXPECT_TRUE(thread.stop_within(kLong));
  EXPECT_TRUE(thread.finish_within(kLong)) << "what it did is there all the same";
}

TEST(WorkerThread, StopsAtOnceWhenIdle) { EXPECT_TRUE(WorkerThread().stop_within(kLong)); }

TEST(WorkerThread, DoesWhatWasBegunBeforeItEnds) {
  bool is_done = false;
  {
    WorkerThread thread;
    thread.start([&] { is_done = true; });
  }
  EXPECT_TRUE(is_done);
}

TEST(WorkerThread, AnInterruptionEndsAPauseAndTheThreadGoesOn) {
  WorkerThread thread;
  std::promise<void> begun;
  thread.start([&] {
    begun.set_value();
    while (!thread.is_interrupted()) thread.pause(kLong);
  });
  begun.get_future().wait();
  EXPECT_FALSE(thread.finish_within({}));
  thread.interrupt();
  EXPECT_TRUE(thread.finish_within(kLong));
  thread.start([&] { thread.pause(kLong); });
  EXPECT_TRUE(thread.finish_within(kLong)) << "from then on pauses are over at once";
}

TEST(WorkerThread, StoppingInterruptsItsWork) {
  WorkerThread thread;
  thread.start([&] {
    while (!thread.is_interrupted()) thread.pause(kLong);
  });
  EXPECT_TRUE(thread.stop_within(kLong));
}

TEST(WorkerThread, APauseLastsAsLongAsItIsSaidTo) {
  WorkerThread thread;
  const auto began = std::chrono::steady_clock::now();
  thread.pause(milliseconds(5));
  EXPECT_GE(std::chrono::steady_clock::now() - began, milliseconds(5));
}

TEST(WorkerThreadDeathTest, DoesNotBeginASecondPiece) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        WorkerThread thread;
        thread.start([] {});
        thread.start([] {});
      },
      "mistake in this program");
}

}  // namespace
}  // namespace salestream::base
