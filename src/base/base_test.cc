// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "base/iso_time.h"
#include "base/logging.h"
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
  EXPECT_EQ(printable("\xc2\x9b", 100), "\\u{9b}");              // CSI as one C1 control
  EXPECT_EQ(printable("abcdef", 3), "abc…");
  // Controls that turn the direction of the text behind them: "1\u202e00" reads as 001.
  for (const char* control : {"\u202e", "\u2066", "\u2069", "\u200f", "\u061c", "\u2028"})
    EXPECT_EQ(printable(std::string("1") + control + "00", 100).substr(0, 3), "1\\u") << control;
  EXPECT_EQ(printable("\u202e", 100), "\\u{202e}");
  EXPECT_EQ(printable("שלום مرحبا\u200d\u2030", 100), "שלום مرحبا\u200d\u2030");
}

TEST(Log, ALineSteersNoTerminalWhateverIsInIt) {
  std::vector<std::string> lines;
  set_log_sink([&](LogLevel, std::string_view line) { lines.emplace_back(line); });
  log_warning("topic a\x1b[2J 1\u202e00\nsecond line é");
  set_log_sink(nullptr);
  EXPECT_EQ(lines, std::vector<std::string>{"topic a\\x1b[2J 1\\u{202e}00\nsecond line é"});
}

// What the log writes while it lives.
class JsonLog {
 public:
  JsonLog() {
    set_log_format(LogFormat::kJson);
    set_log_sink([this](LogLevel, std::string_view line) { lines.emplace_back(line); });
  }
  ~JsonLog() {
    set_log_sink(nullptr);
    set_log_format(LogFormat::kText);
  }
  std::vector<std::string> lines;
};

TEST(LogAsJson, IsOneObjectALineWhateverIsInIt) {
  JsonLog written;
  log(LogLevel::kWarning, "a \"b\"\n\x1b[2J\xff é", {{"partition", 3}, {"reason", "x\ty"}});
  log_debug("below the level");
  log_error("e");
  ASSERT_EQ(written.lines.size(), 2U);
  const std::string& line = written.lines[0];
  // {"time": "2026-11-22T10:41:07.512Z", …
  EXPECT_EQ(line.substr(0, 10), "{\"time\": \"");
  EXPECT_GT(parse_iso_time(line.substr(10, 24)), 1'700'000'000'000);
  EXPECT_EQ(line.substr(34),
            "\", \"level\": \"warning\", \"message\": \"a \\\"b\\\"\\u000a\\u001b[2J\uFFFD é\", "
            "\"partition\": 3, \"reason\": \"x\\u0009y\"}");
  EXPECT_EQ(written.lines[1].substr(34), "\", \"level\": \"error\", \"message\": \"e\"}");
}

TEST(LogAsJson, HasNullForWhatIsNotKnown) {
  JsonLog written;
  log_info("a", {{"one", std::optional<std::int64_t>(1)}, {"none", std::optional<std::int64_t>()}});
  EXPECT_EQ(written.lines.at(0).substr(34), "\", \"level\": \"info\", \"message\": \"a\", \"one\": 1, \"none\": null}");
}

TEST(RateLimitedWarnings, LeavesOutAFlood) {
  std::vector<std::string> lines;
  set_log_sink([&](LogLevel, std::string_view line) { lines.emplace_back(line); });
  RateLimitedWarnings limited(5);
  for (int i = 0; i < 1000; ++i) limited.write(LogLevel::kWarning, "bad");
  set_log_sink(nullptr);
  EXPECT_LE(lines.size(), 15U);  // five a second; the loop takes far less than two
  EXPECT_GE(lines.size(), 5U);
}

TEST(RateLimitedWarnings, SaysOnceAPeriodWhatGoesOn) {
  std::vector<std::string> lines;
  set_log_sink([&](LogLevel, std::string_view line) { lines.emplace_back(line); });
  RateLimitedWarnings limited(1, std::chrono::hours(1), RateLimitedWarnings::LeftOut::kSuppressed);
  for (int i = 0; i < 1000; ++i) limited.write(LogLevel::kWarning, "still unavailable");
  RateLimitedWarnings fast(1, std::chrono::milliseconds(0), RateLimitedWarnings::LeftOut::kSuppressed);
  for (int i = 0; i < 3; ++i) fast.write(LogLevel::kWarning, "unavailable");
  set_log_sink(nullptr);
  EXPECT_EQ(lines, (std::vector<std::string>{"still unavailable", "unavailable", "unavailable", "unavailable"}));
}

}  // namespace
}  // namespace salestream::base
