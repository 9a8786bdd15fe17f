// SPDX-License-Identifier: Apache-2.0
#include "base/nearest_word.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace salestream::base {
namespace {

TEST(NearestWord, IsTheOneThatWasMeant) {
  constexpr std::array<std::string_view, 5> kWords{"run", "reset", "totals", "by", "rejects"};
  EXPECT_EQ(nearest_word("rnu", kWords), "run") << "swapped";
  EXPECT_EQ(nearest_word("total", kWords), "totals") << "missing";
  EXPECT_EQ(nearest_word("resset", kWords), "reset") << "too many";
  EXPECT_EQ(nearest_word("rejacts", kWords), "rejects") << "another";
  EXPECT_EQ(nearest_word("b", kWords), "by");
  EXPECT_EQ(nearest_word("totals", kWords), "totals");
}

TEST(NearestWord, IsNoneWhereTwoLettersAreMostOfIt) {
  constexpr std::array<std::string_view, 3> kWords{"run", "by", "totals"};
  EXPECT_EQ(nearest_word("r", kWords), "");
  EXPECT_EQ(nearest_word("xyzzy", kWords), "");
  EXPECT_EQ(nearest_word("", kWords), "");
  EXPECT_EQ(nearest_word("tot", kWords), "") << "three letters";
  EXPECT_EQ(nearest_word(std::string(100'000, 'r'), kWords), "");
  EXPECT_EQ(nearest_word("run", {}), "");
}

}  // namespace
}  // namespace salestream::base
