// SPDX-License-Identifier: Apache-2.0
#include "cli/rejects/text.h"

#include <gtest/gtest.h>

#include <vector>

namespace salestream::cli {
namespace {

using rejects::RejectState;

TEST(RejectsText, SaysOfHowManyItCountsThoseThatWereSentAgain) {
  std::vector<RejectState> states(3);
  EXPECT_EQ(resent_text(states, true), "");
  states[1].kind = RejectState::Kind::kSent;
  EXPECT_EQ(resent_text(states, false), "3 rejects: 2 open, 1 sent again\n");
  EXPECT_EQ(resent_text(states, true), "of the first 3 rejects: 2 open, 1 sent again\n") << "there are more";
}

}  // namespace
}  // namespace salestream::cli
