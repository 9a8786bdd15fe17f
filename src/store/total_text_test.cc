// SPDX-License-Identifier: Apache-2.0
#include "store/total_text.h"

#include <gtest/gtest.h>

namespace salestream::store {
namespace {

constexpr auto kMax = static_cast<core::Decimal::Int128>(~static_cast<unsigned __int128>(0) >> 1);

TEST(TotalText, ReadsBackWhatItWrites) {
  const core::Decimal::Int128 values[] = {0, 1, -1, 10, 1'000'000'000, -123'450'000'000, kMax, -kMax, -kMax - 1};
  for (const auto scaled : values) {
    const auto total = core::Decimal::from_scaled(scaled);
    EXPECT_EQ(parse_total(revenue_text(total)), total) << revenue_text(total);
    EXPECT_EQ(parse_total(units_text(total)), total) << units_text(total);
  }
}

TEST(TotalText, GoesBeyondWhatOneOrderMayAdd) {
  const auto total = parse_total("-170141183460469231731687303715.884105728");
  ASSERT_TRUE(total);
  EXPECT_EQ(total->scaled(), -kMax - 1);
}

TEST(TotalText, RefusesEverythingElse) {
  for (const char* text : {"", "-", ".", ".5", "5.", "1e3", "+1", " 1", "1 ", "1.0000000000", "1.2.3", "1,5", "abc",
                           "170141183460469231731687303715.884105728", "170141183460469231731687303716",
                           "99999999999999999999999999999999999999999"})
    EXPECT_EQ(parse_total(text), std::nullopt) << text;
}

}  // namespace
}  // namespace salestream::store
