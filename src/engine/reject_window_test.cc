// SPDX-License-Identifier: Apache-2.0
#include "engine/reject_window.h"

#include <gmock/gmock.h>

namespace salestream::engine {
namespace {

using core::RejectReason;
using testing::HasSubstr;

RejectWindow window(int messages = 1000, int most = 50) { return RejectWindow({messages, most, "5%/1000"}); }

TEST(RejectWindow, DoesNotWaitUntilItIsFull) {
  RejectWindow w = window();
  for (int i = 0; i < 50; ++i) w.add_reject(i, RejectReason::kInvalidJson);
  EXPECT_FALSE(w.is_exceeded()) << "50 of 1000 are 5 %, and not more";
  w.add_reject(50, RejectReason::kWrongType);
  EXPECT_TRUE(w.is_exceeded());
  EXPECT_THAT(w.description(), HasSubstr("51 of the last 51 messages"));
  EXPECT_THAT(w.description(), HasSubstr("5%/1000"));
  EXPECT_THAT(w.description(), HasSubstr("(50) for invalid_json, the last one, at offset 50, for wrong_type"));
}

TEST(RejectWindow, ForgetsWhatIsLongAgo) {
  RejectWindow w = window();
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 50; ++i) w.add_reject(i, RejectReason::kInvalidJson);
    w.add_good(950);
  }
  EXPECT_FALSE(w.is_exceeded());
  for (int i = 0; i < 50; ++i) w.add_reject(i, RejectReason::kInvalidJson);
  w.add_good(949);
  w.add_reject(7, RejectReason::kInvalidJson);
  EXPECT_TRUE(w.is_exceeded());
}

TEST(RejectWindow, RemembersThatItWasExceeded) {
  RejectWindow w = window(10, 0);
  w.add_reject(3, RejectReason::kTooDeep);
  w.add_good(100);
  EXPECT_TRUE(w.is_exceeded());
}

TEST(RejectWindow, TakesManyGoodOnesAtOnce) {
  RejectWindow w = window(10, 1);
  w.add_reject(0, RejectReason::kTooDeep);
  w.add_good(std::int64_t{1} << 60);
  w.add_reject(1, RejectReason::kTooDeep);
  EXPECT_FALSE(w.is_exceeded());
}

}  // namespace
}  // namespace salestream::engine
