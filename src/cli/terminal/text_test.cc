// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/text.h"

#include <gtest/gtest.h>

#include "cli/terminal/progress.h"

namespace salestream::cli {
namespace {

TEST(Text, WidthIsThatOfATerminal) {
  EXPECT_EQ(display_width(""), 0);
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("Maçã"), 4);
  EXPECT_EQ(display_width("Mac\u0327a\u0303"), 4);
  EXPECT_EQ(display_width("中文"), 4);
  EXPECT_EQ(display_width("🎧"), 2);
}

TEST(Text, CutTextFitsAndSaysSo) {
  EXPECT_EQ(cut_to_width("abcdef", 6), "abcdef");
  EXPECT_EQ(cut_to_width("abcdefg", 6), "abcde…");
  EXPECT_EQ(cut_to_width("中文字", 5), "中文…");
  EXPECT_EQ(cut_to_width("中文字", 4), "中…");  // half a wide character would not do
  EXPECT_EQ(cut_to_width("abc", 1), "…");
  EXPECT_EQ(cut_to_width("abc", 0), "");
}

TEST(Text, NumbersAreGrouped) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(grouped(-1234567), "-1,234,567");
  EXPECT_EQ(grouped(-999), "-999");
  EXPECT_EQ(grouped(INT64_MIN), "-9,223,372,036,854,775,808");
}

TEST(Text, OneIsSingular) {
  EXPECT_EQ(count_of(1, "order"), "1 order");
  EXPECT_EQ(count_of(0, "order"), "0 orders");
  EXPECT_EQ(count_of(1234, "line item"), "1,234 line items");
  EXPECT_EQ(count_of(2, "entry", "entries"), "2 entries");
  EXPECT_EQ(count_of(1, "entry", "entries"), "1 entry");
}

TEST(Text, WhatCannotBeSeenIsShown) {
  EXPECT_EQ(for_terminal("\uFEFFMouse"), "\\u{feff}Mouse");  // a byte order mark
  EXPECT_EQ(for_terminal("Mo\u200Bu\u200Cs\u200De\u2060"), "Mo\\u{200b}u\\u{200c}s\\u{200d}e\\u{2060}");
  EXPECT_EQ(for_terminal("\u202Eesuom\u2069\u200F"), "\\u{202e}esuom\\u{2069}\\u{200f}");
  EXPECT_EQ(for_terminal("so\u00ADft"), "so\\u{ad}ft");
  EXPECT_EQ(for_terminal("Mac\u0327a\u0303 \u2764\uFE0F"), "Mac\u0327a\u0303 \u2764\uFE0F") << "seen";
}

TEST(Text, RatesAndDurationsSurviveNonsense) {
  EXPECT_EQ(rate_text(1234567.4), "1,234,567/s");
  EXPECT_EQ(rate_text(0.33), "0.3/s");
  EXPECT_EQ(rate_text(0), "0/s");
  EXPECT_EQ(rate_text(0.0 / 0.0), "0/s");
  EXPECT_EQ(duration_text(0.04), "0.0 s");
  EXPECT_EQ(duration_text(59.9), "59.9 s");
  EXPECT_EQ(duration_text(59.96), "1:00 min");
  EXPECT_EQ(duration_text(187), "3:07 min");
  EXPECT_EQ(duration_text(7387), "2:03:07 h");
  EXPECT_EQ(duration_text(-1), "0.0 s");
}

TEST(Text, HundredPercentIsAllOfIt) {
  EXPECT_EQ(percent_text(0.999), "99 %");
  EXPECT_EQ(percent_text(1), "100 %");
}

TEST(ProgressText, KnowsRateAndTimeLeft) {
  const Progress half{.done = 1'000'000, .total = 2'000'000, .elapsed_seconds = 0.8};
  EXPECT_EQ(progress_line(half), "50 %, 1,000,000 of 2,000,000 messages, 1,250,000/s, 0.8 s left");
  EXPECT_EQ(progress_bar(half, 100),
            "[=================>                ]  50 %  1,000,000 of 2,000,000 messages  1,250,000/s  0.8 s left");
  EXPECT_EQ(display_width(progress_bar(half, 100)), 100);
}

TEST(ProgressText, HasNoBarWithoutATotal) {
  const Progress some{.done = 500, .elapsed_seconds = 2, .unit = "orders"};
  EXPECT_EQ(progress_bar(some, 100), "500 orders  250/s");
  EXPECT_EQ(progress_line(some), "500 orders, 250/s");
}

TEST(ProgressText, TakesAFractionOfSomethingElse) {
  const Progress quarter{.done = 500, .fraction = 0.25, .elapsed_seconds = 2};
  EXPECT_EQ(progress_line(quarter), "25 %, 500 messages, 250/s, 6.0 s left");
}

TEST(ProgressText, SaysNothingOfTimeLeftBeforeItCan) {
  EXPECT_EQ(progress_line({.done = 0, .total = 10, .elapsed_seconds = 3}), "0 %, 0 of 10 messages, 0/s");
  EXPECT_EQ(progress_line({.done = 0, .total = 10, .elapsed_seconds = 0}), "0 %, 0 of 10 messages, 0/s");
}

TEST(ProgressText, BarFitsEveryWidth) {
  const Progress all{.done = 2'000'000, .total = 2'000'000, .elapsed_seconds = 2};
  for (int width = 1; width < 200; ++width) EXPECT_LE(display_width(progress_bar(all, width)), width);
  EXPECT_EQ(progress_bar(all, 90),
            "[========================] 100 %  2,000,000 of 2,000,000 messages  1,000,000/s  0.0 s left");
}

TEST(ProgressText, ShowsNoMoreThanHundredPercent) {
  EXPECT_EQ(progress_line({.done = 12, .total = 10, .elapsed_seconds = 1}),
            "100 %, 12 of 10 messages, 12/s, 0.0 s left");
}

TEST(ProgressText, SummaryHasTheWholeTime) {
  EXPECT_EQ(progress_summary({.done = 2'000'000, .total = 2'000'000, .elapsed_seconds = 1.6}),
            "2,000,000 messages in 1.6 s, 1,250,000/s");
}

}  // namespace
}  // namespace salestream::cli
