// SPDX-License-Identifier: Apache-2.0
#include "engine/all_rejected.h"

#include <gmock/gmock.h>

namespace salestream::engine {
namespace {

using core::RejectReason;
using testing::HasSubstr;
using testing::Optional;
using testing::StartsWith;

core::Counters rejected(std::initializer_list<std::pair<RejectReason, std::int64_t>> counts) {
  core::Counters counters;
  for (const auto& [reason, count] : counts) {
    counters.rejects[static_cast<std::size_t>(reason)] = count;
    counters.messages += count;
  }
  return counters;
}

TEST(AllRejected, SaysTheCommonestReasonWithItsFirstExample) {
  RejectExamples examples;
  examples.note(RejectReason::kMissingField, "unit_price of line item 1 is missing; there stand: n, price");
  examples.note(RejectReason::kMissingField, "something else");
  examples.note(RejectReason::kInvalidJson, "cut");
  const auto said = describe_all_rejected(
      rejected({{RejectReason::kInvalidJson, 2}, {RejectReason::kMissingField, 40}}), examples, 1);
  EXPECT_THAT(said, Optional(StartsWith("all 42 messages were rejected and none counted: most often (40 times) "
                                        "missing_field, such as: unit_price of line item 1 is missing; there stand: n, "
                                        "price. Correct the field's place or name under `order:`")));
  EXPECT_THAT(describe_all_rejected(rejected({{RejectReason::kInvalidJson, 1}}), examples, 1),
              Optional(StartsWith("the only message was rejected and none counted: invalid_json, such as: cut. Is this "
                                  "the right topic or file?")));
  EXPECT_THAT(describe_all_rejected(rejected({{RejectReason::kTooDeep, 3}}), examples, 1),
              Optional(HasSubstr("none counted: too_deep. docs/orders.md says")));
}

TEST(AllRejected, SaysNothingWhereSomethingCountedOrLittleCame) {
  const RejectExamples examples;
  core::Counters counters = rejected({{RejectReason::kInvalidJson, 99}});
  EXPECT_EQ(describe_all_rejected(counters, examples, 100), std::nullopt);
  EXPECT_NE(describe_all_rejected(counters, examples, 99), std::nullopt);
  counters.orders = 1;
  EXPECT_EQ(describe_all_rejected(counters, examples, 1), std::nullopt);
  counters.orders = 0;
  counters.duplicates = 1;
  EXPECT_EQ(describe_all_rejected(counters, examples, 1), std::nullopt);
  counters.duplicates = 0;
  counters.messages += 1;
  EXPECT_EQ(describe_all_rejected(counters, examples, 1), std::nullopt) << "one that `where` leaves out";
  EXPECT_EQ(describe_all_rejected({}, examples, 1), std::nullopt) << "nothing new was read";
}

TEST(AllRejected, TombstonesAreNoSuchMessages) {
  const RejectExamples examples;
  EXPECT_EQ(describe_all_rejected(rejected({{RejectReason::kNullMessage, 1000}}), examples, 1), std::nullopt);
  EXPECT_THAT(
      describe_all_rejected(rejected({{RejectReason::kNullMessage, 1000}, {RejectReason::kWrongType, 2}}), examples, 1),
      Optional(StartsWith("all 2 messages were rejected and none counted: wrong_type")));
}

}  // namespace
}  // namespace salestream::engine
