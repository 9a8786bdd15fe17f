// SPDX-License-Identifier: Apache-2.0
#include "cli/produce/rate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace salestream::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

TEST(ProduceRate, IsReadAsPeopleWriteIt) {
  EXPECT_EQ(*parse_rate("max"), 0);
  EXPECT_EQ(*parse_rate("200000"), 200'000);
  EXPECT_EQ(*parse_rate("0.5"), 0.5);
  EXPECT_DOUBLE_EQ(*parse_rate(kDefaultRate), 1.0 / 3);
  EXPECT_EQ(*parse_rate("10/s"), 10);
  EXPECT_EQ(*parse_rate("90/60s"), 1.5);
  for (const char* text :
       {"", "0", "-1", "1/3", "1/0s", "/3s", "1/s3", "x", "1e300", "nan", "inf", "1/99999999s", " 1"}) {
    ASSERT_FALSE(parse_rate(text).ok()) << text;
    EXPECT_EQ(parse_rate(text).error().kind, base::ErrorKind::kUsage);
    EXPECT_THAT(parse_rate(text).error().message, HasSubstr("such as 1/3s, or max"));
  }
}

TEST(Pacer, KeepsTheRateWithoutDrift) {
  const Pacer::Clock::time_point start{};
  Pacer pacer(1.0 / 3, start);
  EXPECT_EQ(pacer.due(start), start);
  for (int i = 0; i < 1000; ++i) pacer.sent();
  EXPECT_NEAR(static_cast<double>((pacer.due(start) - start) / milliseconds(1)), 3'000'000, 1);
}

TEST(Pacer, CatchesUpWithASecondAtMost) {
  const Pacer::Clock::time_point start{};
  Pacer pacer(100, start);
  const auto a_little_late = start + milliseconds(500);
  int sent = 0;
  for (; pacer.due(a_little_late) <= a_little_late; ++sent) pacer.sent();
  EXPECT_EQ(sent, 51);
  const auto much_later = start + seconds(100);
  for (sent = 0; pacer.due(much_later) <= much_later; ++sent) pacer.sent();
  EXPECT_LE(sent, 101);
}

TEST(Pacer, MaxIsAlwaysDue) {
  const Pacer::Clock::time_point now = Pacer::Clock::time_point{} + seconds(5);
  Pacer pacer(0, {});
  EXPECT_FALSE(pacer.has_rate());
  EXPECT_EQ(pacer.due(now), now);
}

}  // namespace
}  // namespace salestream::cli
