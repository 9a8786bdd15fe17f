// SPDX-License-Identifier: Apache-2.0
// What is tried again, after which pauses and for how long, with a clock that only the pauses move.
#include "base/retry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace salestream::base {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

class RetryTest : public testing::Test {
 protected:
  RetryHooks hooks() {
    return {.gives_up = [this] { return attempts_ >= gives_up_after_; },
            .before_pause = [this](const Error& error) { warnings_.push_back(error.message); },
            .pause =
                [this](milliseconds time) {
                  pauses_.push_back(static_cast<int>(time.count()));
                  now_ += time;
                  return pauses_.size() < pauses_until_stop_;
                },
            .clock = [this] { return now_; }};
  }

  // Fails so often, and then works.
  auto works_after(int failures, Error error = retriable("nobody answers")) {
    return [this, failures, error]() -> Result<int> {
      if (attempts_++ < failures) return error;
      return attempts_;
    };
  }

  int attempts_ = 0;
  int gives_up_after_ = 1000;
  std::size_t pauses_until_stop_ = 1000;
  std::vector<int> pauses_;
  std::vector<std::string> warnings_;
  RetryHooks::Clock::time_point now_{};
};

TEST_F(RetryTest, ReturnsWhatWorksAtOnce) {
  EXPECT_EQ(retry({milliseconds(100)}, hooks(), works_after(0)).value(), 1);
  EXPECT_THAT(pauses_, IsEmpty());
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(RetryTest, TriesARetriableErrorAgainUntilItWorks) {
  EXPECT_EQ(retry({milliseconds(100)}, hooks(), works_after(3)).value(), 4);
  EXPECT_THAT(pauses_, ElementsAre(100, 100, 100));
  EXPECT_THAT(warnings_, ElementsAre("nobody answers", "nobody answers", "nobody answers"));
}

TEST_F(RetryTest, DoublesThePauseUpToTheLongest) {
  EXPECT_TRUE(retry({milliseconds(100), milliseconds(500)}, hooks(), works_after(5)).ok());
  EXPECT_THAT(pauses_, ElementsAre(100, 200, 400, 500, 500));
}

TEST_F(RetryTest, ReturnsAnErrorThatIsNotRetriableAtOnce) {
  for (const Error& error : {failure("it is broken"), usage_error("it is wrong")}) {
    attempts_ = 0;
    const auto outcome = retry({milliseconds(100)}, hooks(), works_after(1, error));
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().message, error.message);
  }
  EXPECT_THAT(pauses_, IsEmpty());
}

TEST_F(RetryTest, GivesUpAfterItsTimeoutAndNotBefore) {
  const RetryPolicy policy{.first_pause = milliseconds(100), .timeout = milliseconds(300)};
  EXPECT_FALSE(retry(policy, hooks(), works_after(1000)).ok());
  EXPECT_THAT(pauses_, ElementsAre(100, 100, 100, 100)) << "an attempt that ends within the timeout is not the last";
}

TEST_F(RetryTest, CountsTheTimeOfTheAttemptsToo) {
  const RetryPolicy policy{.first_pause = milliseconds(100), .timeout = milliseconds(300)};
  const auto slow = [this]() -> Status {
    ++attempts_;
    now_ += milliseconds(250);
    return retriable("nobody answers");
  };
  EXPECT_FALSE(retry(policy, hooks(), slow).ok());
  EXPECT_EQ(attempts_, 2);
}

TEST_F(RetryTest, GivesUpWithoutAWarningOrAPause) {
  gives_up_after_ = 2;
  const auto outcome = retry({milliseconds(100)}, hooks(), works_after(1000));
  EXPECT_EQ(outcome.error().kind, ErrorKind::kRetriable);
  EXPECT_EQ(attempts_, 2);
  EXPECT_THAT(pauses_, ElementsAre(100));
  EXPECT_THAT(warnings_, testing::SizeIs(1));
}

TEST_F(RetryTest, TriesNoMoreAfterAPauseThatSaysSo) {
  pauses_until_stop_ = 2;
  EXPECT_FALSE(retry({milliseconds(100)}, hooks(), works_after(1000)).ok());
  EXPECT_EQ(attempts_, 2);
}

TEST_F(RetryTest, ReturnsTheErrorOfTheLastAttempt) {
  gives_up_after_ = 2;
  const auto outcome = retry({milliseconds(100)}, hooks(),
                             [this]() -> Status { return retriable("attempt " + std::to_string(++attempts_)); });
  EXPECT_EQ(outcome.error().message, "attempt 2");
}

TEST(Retry, WarnsByDefault) {
  std::vector<std::string> lines;
  set_log_sink([&](LogLevel, std::string_view line) { lines.emplace_back(line); });
  bool is_first = true;
  EXPECT_TRUE(retry({milliseconds(0)}, {}, [&]() -> Status {
                if (std::exchange(is_first, false)) return retriable("nobody answers");
                return {};
              }).ok());
  set_log_sink(nullptr);
  EXPECT_THAT(lines, ElementsAre("nobody answers; trying again"));
}

}  // namespace
}  // namespace salestream::base
