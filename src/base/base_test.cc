// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <vector>

#include "base/log.h"
#include "base/result.h"

namespace salestream::base {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return failure("odd");
  return n / 2;
}

Result<int> quarter(int n) {
  SALESTREAM_ASSIGN(const int h, half(n));
  return half(h);
}

Status only_even(int n) {
  SALESTREAM_TRY(half(n));
  return {};
}

TEST(Result, PassesErrorsOn) {
  EXPECT_EQ(quarter(8).value(), 2);
  EXPECT_EQ(quarter(6).error().message, "odd");
  EXPECT_FALSE(only_even(3).ok());
  EXPECT_TRUE(only_even(4).ok());
}

TEST(ResultDeathTest, ValueOfAnErrorEndsTheProcess) { EXPECT_DEATH(half(1).value(), "mistake in this program"); }

TEST(Printable, KeepsTextAndEscapesTheRest) {
  EXPECT_EQ(printable("Câmera 📷", 100), "Câmera 📷");
  EXPECT_EQ(printable("a\x1b[2Jb\n", 100), "a\\x1b[2Jb\\x0a");
  EXPECT_EQ(printable("\xff\xc3(", 100), "\\xff\\xc3(");
  EXPECT_EQ(printable("\xed\xa0\x80", 100), "\\xed\\xa0\\x80");  // a lone surrogate is not UTF-8
  EXPECT_EQ(printable("\xc2\x9b", 100), "\\xc2\\x9b");           // CSI as one C1 control
  EXPECT_EQ(printable("abcdef", 3), "abc…");
}

TEST(RateLimitedLog, LeavesOutAFlood) {
  std::vector<std::string> lines;
  set_log_sink([&](LogLevel, std::string_view line) { lines.emplace_back(line); });
  RateLimitedLog limited(5);
  for (int i = 0; i < 1000; ++i) limited.write(LogLevel::kWarning, "bad");
  set_log_sink(nullptr);
  EXPECT_LE(lines.size(), 15U);  // five a second; the loop takes far less than two
  EXPECT_GE(lines.size(), 5U);
}

TEST(RateLimitedLog, SaysOnceAPeriodWhatGoesOn) {
  std::vector<std::string> lines;
  set_log_sink([&](LogLevel, std::string_view line) { lines.emplace_back(line); });
  RateLimitedLog limited(1, std::chrono::hours(1), RateLimitedLog::LeftOut::kUntold);
  for (int i = 0; i < 1000; ++i) limited.write(LogLevel::kWarning, "still away");
  RateLimitedLog fast(1, std::chrono::milliseconds(0), RateLimitedLog::LeftOut::kUntold);
  for (int i = 0; i < 3; ++i) fast.write(LogLevel::kWarning, "away");
  set_log_sink(nullptr);
  EXPECT_EQ(lines, (std::vector<std::string>{"still away", "away", "away", "away"}));
}

}  // namespace
}  // namespace salestream::base
