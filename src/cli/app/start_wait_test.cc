// SPDX-License-Identifier: Apache-2.0
#include "cli/app/start_wait.h"

#include <gtest/gtest.h>

namespace salestream::cli {
namespace {

TEST(StartWait, IsANumberOfSecondsOrHasNoLimit) {
  EXPECT_EQ(start_wait_of("", "a run").value(), StartWait(std::chrono::milliseconds(0)));
  EXPECT_EQ(start_wait_of("true", "a run").value(), StartWait());
  EXPECT_EQ(start_wait_of("7", "a run").value(), StartWait(std::chrono::seconds(7)));
  for (const char* wrong : {"0", "-1", "1s", "soon", "604801"})
    EXPECT_EQ(start_wait_of(wrong, "a run").error().kind, base::ErrorKind::kUsage) << wrong;
}

TEST(StartWait, WithoutItTheFirstErrorIsTheLastAndSaysWhatWaits) {
  int attempts = 0;
  const auto fails = [&](const char* text) {
    return wait_at_start(std::chrono::milliseconds(0), "produce", {}, [&]() -> base::Status {
      ++attempts;
      return base::retriable(text);
    });
  };
  EXPECT_EQ(fails("nobody answers").error().message, "nobody answers; with --wait[=SECONDS] produce waits for it");
  EXPECT_EQ(fails("is it there?").error().message, "is it there? With --wait[=SECONDS] produce waits for it");
  EXPECT_EQ(attempts, 2);
}

TEST(StartWait, WithItAnErrorThatWillNotPassIsTheLast) {
  int attempts = 0;
  base::RetryHooks hooks;
  hooks.pause = [](std::chrono::milliseconds) { return true; };
  const auto outcome = wait_at_start({}, "produce", hooks, [&]() -> base::Status {
    if (++attempts < 3) return base::retriable("nobody answers");
    return base::failure("refused");
  });
  EXPECT_EQ(outcome.error().message, "refused");
  EXPECT_EQ(attempts, 3);
}

}  // namespace
}  // namespace salestream::cli
