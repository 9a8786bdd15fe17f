// SPDX-License-Identifier: Apache-2.0
// When the rejected messages are counted again, and what is said meanwhile. The store is made up: a test says how many
// messages it has, which resends of them were sent, and when it answers.
#include "rejects/open_rejects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "core/cell.h"
#include "store/testing.h"

namespace salestream::rejects {
namespace {

using std::chrono::milliseconds;

constexpr OpenRejects::Intervals kOften{.look = milliseconds(1), .recount = milliseconds(1)};

// What the store has: messages at the offsets from 0 on, of which the first `marked` are in the resends.
struct Shelf {
  std::mutex mutex;
  std::condition_variable changed;
  std::int64_t stored = 0;
  std::int64_t marked = 0;
  std::vector<store::Resend> resends;
  bool is_unavailable = false, is_broken = false, holds_scans = false;
  int looks = 0, inspections = 0, scans = 0;

  void set(const std::function<void(Shelf&)>& how) {
    const std::lock_guard lock(mutex);
    how(*this);
    changed.notify_all();
  }
  template <typename Get>
  auto get(Get how) {
    const std::lock_guard lock(mutex);
    return how(*this);
  }
  void add_resend(store::ResendState state) {
    store::Resend& resend = resends.emplace_back();
    resend.id = std::to_string(resends.size());
    resend.state = state;
  }
};

class ShelfRecords final : public store::ResendRecords {
 public:
  explicit ShelfRecords(Shelf& shelf) : shelf_(shelf) {}
  base::Result<std::vector<store::Resend>> read() override {
    const std::lock_guard lock(shelf_.mutex);
    ++shelf_.looks;
    shelf_.changed.notify_all();
    if (shelf_.is_unavailable) return base::retriable("the store is unavailable");
    if (shelf_.is_broken) return base::failure("its records were changed by hand");
    return shelf_.resends;
  }
  base::Result<std::vector<store::ResendMark>> read_marks(std::span<const store::RejectPlace> places) override {
    const std::lock_guard lock(shelf_.mutex);
    std::vector<store::ResendMark> marks;
    for (const store::RejectPlace& place : places)
      for (const store::Resend& resend : shelf_.resends)
        if (place.offset < shelf_.marked) marks.push_back({0, place.offset, core::checksum("x"), resend.id});
    return marks;
  }
  base::Status begin(const store::Resend&, std::span<const store::ResendMark>) override { return {}; }
  base::Status settle(const std::string&, store::ResendState, std::int64_t) override { return {}; }

 private:
  Shelf& shelf_;
};

class ShelfInspection final : public store::testing::EmptyInspection {
 public:
  explicit ShelfInspection(Shelf& shelf) : shelf_(shelf) {}
  base::Status scan_rejects(const store::RejectFilter&,
                            const std::function<base::Status(std::span<const core::Reject>)>& on_page) override {
    std::vector<core::Reject> page;
    {
      std::unique_lock lock(shelf_.mutex);
      ++shelf_.scans;
      shelf_.changed.notify_all();
      shelf_.changed.wait(lock, [this] { return !shelf_.holds_scans; });
      for (std::int64_t offset = 0; offset < shelf_.stored; ++offset) {
        page.emplace_back().offset = offset;
        page.back().message = "x";
      }
    }
    return on_page(page);
  }

 private:
  Shelf& shelf_;
};

class ShelfStore final : public store::testing::EmptyStore {
 public:
  explicit ShelfStore(Shelf& shelf) : shelf_(shelf) {}
  base::Result<std::unique_ptr<store::Inspection>> inspect() override {
    shelf_.set([](Shelf& shelf) { ++shelf.inspections; });
    return std::unique_ptr<store::Inspection>(std::make_unique<ShelfInspection>(shelf_));
  }
  base::Result<std::unique_ptr<store::ResendRecords>> resends() override {
    return std::unique_ptr<store::ResendRecords>(std::make_unique<ShelfRecords>(shelf_));
  }

 private:
  Shelf& shelf_;
};

std::string text_of(const std::optional<ResentCount>& count) {
  return count ? std::to_string(count->open) + " open, " + std::to_string(count->resent) + " resent" : "not known";
}

class OpenRejectsTest : public ::testing::Test {
 protected:
  template <typename Condition>
  void wait_until(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition() && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(milliseconds(1));
    EXPECT_TRUE(condition());
  }
  // Until it is said of so many messages.
  void wait_for(OpenRejects& open, std::int64_t stored, const std::string& said) {
    wait_until([&] { return text_of(open.count(stored)) == said; });
    EXPECT_EQ(text_of(open.count(stored)), said);
  }
  void wait_for_looks(int more) {
    const int now = looks();
    wait_until([&] { return looks() >= now + more; });
  }
  int looks() {
    return shelf_.get([](Shelf& shelf) { return shelf.looks; });
  }
  int scans() {
    return shelf_.get([](Shelf& shelf) { return shelf.scans; });
  }

  Shelf shelf_;
  ShelfStore store_{shelf_};
};

TEST_F(OpenRejectsTest, NothingIsLookedAtWhileNothingIsRejected) {
  OpenRejects open(store_, kOften);
  EXPECT_EQ(text_of(open.count(0)), "0 open, 0 resent");
  EXPECT_EQ(text_of(open.count_within(0, std::chrono::hours(1))), "0 open, 0 resent");
  EXPECT_EQ(looks(), 0);
}

TEST_F(OpenRejectsTest, AllAreOpenUntilAResendIsKnownToBeSent) {
  shelf_.set([](Shelf& shelf) {
    shelf.stored = 9, shelf.marked = 2;
    shelf.add_resend(store::ResendState::kBegun);
  });
  OpenRejects open(store_, kOften);
  EXPECT_EQ(text_of(open.count_within(9, std::chrono::seconds(20))), "9 open, 0 resent");
  EXPECT_EQ(scans(), 0) << "nothing was sent, so there is nothing to look for";
  shelf_.set([](Shelf& shelf) { shelf.resends[0].state = store::ResendState::kSent; });
  wait_for(open, 9, "7 open, 2 resent");
}

TEST_F(OpenRejectsTest, CountsAgainOnlyWhenSomethingHasChanged) {
  shelf_.set([](Shelf& shelf) {
    shelf.stored = 9, shelf.marked = 2;
    shelf.add_resend(store::ResendState::kSent);
  });
  OpenRejects open(store_, {.look = milliseconds(1), .recount = milliseconds(1)});
  wait_for(open, 9, "7 open, 2 resent");
  EXPECT_EQ(scans(), 1);
  wait_for_looks(5);
  EXPECT_EQ(scans(), 1);
  shelf_.set([](Shelf& shelf) { shelf.stored = 10, shelf.marked = 10; });
  wait_for(open, 10, "0 open, 10 resent");
}

TEST_F(OpenRejectsTest, WhatIsRejectedBetweenTwoCountsIsOpen) {
  shelf_.set([](Shelf& shelf) {
    shelf.stored = 9, shelf.marked = 2;
    shelf.add_resend(store::ResendState::kSent);
  });
  OpenRejects open(store_, {.look = milliseconds(1), .recount = std::chrono::hours(1)});
  wait_for(open, 9, "7 open, 2 resent");
  shelf_.set([](Shelf& shelf) { shelf.stored = 100; });
  EXPECT_EQ(text_of(open.count(100)), "98 open, 2 resent");
  wait_for_looks(5);
  EXPECT_EQ(scans(), 1) << "more rejected messages are no reason to hurry";
  shelf_.set([](Shelf& shelf) {
    shelf.marked = 50;
    shelf.add_resend(store::ResendState::kSent);
  });
  wait_for(open, 100, "50 open, 50 resent");
  // Who has read the store earlier than the others is told no more than can be so.
  EXPECT_EQ(text_of(open.count(60)), "50 open, 10 resent");
  EXPECT_EQ(text_of(open.count(1)), "1 open, 0 resent");
}

TEST_F(OpenRejectsTest, WhatIsTooMuchToBeLookedThroughIsNotKnownAndNotTriedAgain) {
  constexpr std::int64_t kTooMany = kMaxCountedRejects + 1;
  shelf_.set([](Shelf& shelf) { shelf.add_resend(store::ResendState::kNotSent); });
  OpenRejects open(store_, kOften);
  wait_for(open, kTooMany, std::to_string(kTooMany) + " open, 0 resent");
  const auto inspections = [this] { return shelf_.get([](Shelf& shelf) { return shelf.inspections; }); };
  EXPECT_EQ(inspections(), 0);
  shelf_.set([](Shelf& shelf) { shelf.add_resend(store::ResendState::kSent); });
  wait_for(open, kTooMany, "not known");
  shelf_.set([](Shelf& shelf) { shelf.add_resend(store::ResendState::kSent); });
  open.count(kTooMany + 1);
  wait_for_looks(5);
  EXPECT_EQ(inspections(), 1);
  EXPECT_EQ(text_of(open.count(kTooMany + 1)), "not known");
}

TEST_F(OpenRejectsTest, WhileTheStoreIsUnavailableWhatWasFoundStaysTrue) {
  shelf_.set([](Shelf& shelf) {
    shelf.stored = 9, shelf.marked = 2, shelf.is_unavailable = true;
    shelf.add_resend(store::ResendState::kSent);
  });
  OpenRejects open(store_, kOften);
  EXPECT_EQ(text_of(open.count(9)), "not known");
  wait_for_looks(3);
  EXPECT_EQ(text_of(open.count(9)), "not known");
  shelf_.set([](Shelf& shelf) { shelf.is_unavailable = false; });
  wait_for(open, 9, "7 open, 2 resent");
  shelf_.set([](Shelf& shelf) { shelf.is_broken = true; });
  wait_for_looks(3);
  EXPECT_EQ(text_of(open.count(9)), "7 open, 2 resent");
}

TEST_F(OpenRejectsTest, NobodyWaitsForAStoreThatDoesNotAnswer) {
  shelf_.set([](Shelf& shelf) {
    shelf.stored = 9, shelf.marked = 2, shelf.holds_scans = true;
    shelf.add_resend(store::ResendState::kSent);
  });
  OpenRejects open(store_, kOften);
  EXPECT_EQ(text_of(open.count(9)), "not known");
  wait_until([&] { return scans() == 1; });
  EXPECT_EQ(text_of(open.count(9)), "not known");
  EXPECT_EQ(text_of(open.count_within(9, milliseconds(1))), "not known");
  EXPECT_FALSE(open.stop_within(milliseconds(1)));
  shelf_.set([](Shelf& shelf) { shelf.holds_scans = false; });
  EXPECT_TRUE(open.stop_within(std::chrono::seconds(20)));
  EXPECT_EQ(text_of(open.count(9)), "not known") << "a count that was interrupted says nothing";
}

}  // namespace
}  // namespace salestream::rejects
