// SPDX-License-Identifier: Apache-2.0
#include "audit/amount.h"

#include <gtest/gtest.h>

#include <string>

namespace salestream::audit {
namespace {

Billionths good(const std::string& text) {
  const Amount amount = read_amount(text);
  EXPECT_EQ(amount.fault, AmountFault::kNone) << text;
  return amount.value;
}

TEST(Amount, ReadsDigitsExactly) {
  EXPECT_EQ(good("0.1"), kOne / 10);
  EXPECT_EQ(good("-12.50"), -kOne * 25 / 2);
  EXPECT_EQ(good("1e2"), 100 * kOne);
  EXPECT_EQ(good("100.0"), 100 * kOne);
  EXPECT_EQ(good("1E-9"), 1);
  EXPECT_EQ(good("0.00001e+5"), kOne);
  EXPECT_EQ(good("-0"), 0);
  EXPECT_EQ(good("0e999999999999999999999"), 0);
  EXPECT_EQ(good("1e-999999999999999999999"), 0);
}

TEST(Amount, RoundsAHalfToTheEvenDigit) {
  EXPECT_EQ(good("0.0000000005"), 0);
  EXPECT_EQ(good("0.0000000015"), 2);
  EXPECT_EQ(good("0.0000000025"), 2);
  EXPECT_EQ(good("0.00000000050000000000000000000001"), 1);
  EXPECT_EQ(good("-0.0000000015"), -2);
  EXPECT_EQ(good("0.00000000049"), 0);
  EXPECT_EQ(good("0.00000000009"), 0);
}

TEST(Amount, TakesNothingButJsonNumbers) {
  for (const char* text :
       {"", "-", "+1", "01", "1.", ".5", "1e", "1e+", "1,5", " 1", "1 ", "NaN", "0x1", "--1", "1.5.5"})
    EXPECT_EQ(read_amount(text).fault, AmountFault::kNotANumber) << text;
}

TEST(Amount, HasALimit) {
  EXPECT_EQ(good("1000000000000000000"), kMostOfAnOrder);
  EXPECT_EQ(good("1000000000000000000.0000000005"), kMostOfAnOrder);
  EXPECT_EQ(good("-1e18"), -kMostOfAnOrder);
  for (const char* text : {"1000000000000000000.000000001", "1e19", "-1e400", "1e999999999999999999999"})
    EXPECT_EQ(read_amount(text).fault, AmountFault::kTooLarge) << text;
}

TEST(Amount, ProductsAreExactOrRounded) {
  EXPECT_EQ(times(good("3"), good("2.5")), good("7.5"));
  EXPECT_EQ(times(good("-3"), good("2.5")), good("-7.5"));
  EXPECT_EQ(times(good("0.000000001"), good("0.5")), 0);
  EXPECT_EQ(times(good("0.000000003"), good("0.5")), 2);
  EXPECT_EQ(times(good("-0.000000003"), good("0.5")), -2);
  EXPECT_EQ(times(good("999999999.999999999"), good("999999999.999999999")), good("999999999999999998.000000000"));
  EXPECT_EQ(times(kMostOfAnOrder, kOne), kMostOfAnOrder);
  EXPECT_EQ(times(kMostOfAnOrder, kOne + 1), std::nullopt);
  EXPECT_EQ(times(kMostOfAnOrder, kMostOfAnOrder), std::nullopt);
}

TEST(Amount, OverflowIsAnError) {
  constexpr auto kMost = static_cast<Billionths>(~static_cast<unsigned __int128>(0) >> 1);
  Billionths sum = kMost - 1;
  EXPECT_TRUE(add_to(sum, 1));
  EXPECT_FALSE(add_to(sum, 1));
  EXPECT_EQ(sum, kMost);
}

}  // namespace
}  // namespace salestream::audit
