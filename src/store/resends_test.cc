// SPDX-License-Identifier: Apache-2.0
#include "store/resends.h"

#include <gtest/gtest.h>

namespace salestream::store {
namespace {

TEST(ResendState, HasANameThatLeadsBack) {
  for (const ResendState state :
       {ResendState::kBegun, ResendState::kSent, ResendState::kNotSent, ResendState::kUnknown})
    EXPECT_EQ(resend_state_of(name_of(state)), state);
  EXPECT_EQ(resend_state_of("gone"), std::nullopt);
}

TEST(PartitionEnds, AreATextThatLeadsBack) {
  const std::vector<PartitionEnd> ends{{0, 17}, {12, 9'000'000'000'000'000'000}};
  EXPECT_EQ(ends_text(ends), "0:17,12:9000000000000000000");
  EXPECT_EQ(parse_ends(ends_text(ends)), ends);
  EXPECT_EQ(parse_ends(""), std::vector<PartitionEnd>());
  for (const char* bad : {"0", "0:", ":1", "0:1,", "0:1;1:2", "0:99999999999999999999", "x"})
    EXPECT_EQ(parse_ends(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace salestream::store
