// SPDX-License-Identifier: Apache-2.0
#include "store/field_text.h"

#include <gtest/gtest.h>

namespace salestream::store {
namespace {

template <typename Value>
void expect_leads_back(const Value& value) {
  Value read{};
  EXPECT_EQ(read_field(field_text(value), read), nullptr);
  EXPECT_EQ(read, value);
}

TEST(FieldText, LeadsBackToItsValue) {
  expect_leads_back(core::RejectReason::kTooDeep);
  expect_leads_back(ResendState::kNotSent);
  expect_leads_back(std::vector<PartitionEnd>{{0, 17}, {12, 3}});
}

TEST(FieldText, WhatIsNoneSaysWhatBelongsThereAndChangesNothing) {
  auto reason = core::RejectReason::kTooDeep;
  EXPECT_STREQ(read_field("too high", reason), "a reason for a reject");
  EXPECT_EQ(reason, core::RejectReason::kTooDeep);
  auto state = ResendState::kSent;
  EXPECT_STREQ(read_field("", state), "a state of a resend");
  EXPECT_EQ(state, ResendState::kSent);
  std::vector<PartitionEnd> ends{{0, 17}};
  EXPECT_STREQ(read_field("0;17", ends), "ends of partitions");
  EXPECT_EQ(ends.size(), 1U);
}

}  // namespace
}  // namespace salestream::store
