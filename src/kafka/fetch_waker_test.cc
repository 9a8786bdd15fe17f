// SPDX-License-Identifier: Apache-2.0
#include "kafka/fetch_waker.h"

#include <gtest/gtest.h>

namespace salestream::kafka {
namespace {

TEST(FetchWaker, WakesOnceTheQueueHasRunHalfEmpty) {
  FetchWaker waker(1000, 1 << 20);
  EXPECT_FALSE(waker.is_due(900));
  EXPECT_FALSE(waker.is_due(1000));
  EXPECT_FALSE(waker.is_due(501));
  EXPECT_TRUE(waker.is_due(500));
  EXPECT_FALSE(waker.is_due(499)) << "it was woken";
  EXPECT_TRUE(waker.is_due(250)) << "half empty again, and nothing came";
  EXPECT_FALSE(waker.is_due(1000));
  EXPECT_TRUE(waker.is_due(0));
}

TEST(FetchWaker, AQueueThatWasNeverNearItsLimitStoppedNobody) {
  FetchWaker waker(1000, 1 << 20);
  EXPECT_FALSE(waker.is_due(0));
  EXPECT_FALSE(waker.is_due(249));
  EXPECT_FALSE(waker.is_due(0));
  EXPECT_FALSE(waker.is_due(250));
  EXPECT_TRUE(waker.is_due(0));
}

TEST(FetchWaker, LongMessagesFillAQueueWithFewerOfThem) {
  FetchWaker waker(1000, 100'000);
  waker.received(10, 10 * 10'000);  // ten of these are all that is fetched ahead
  EXPECT_FALSE(waker.is_due(8));
  EXPECT_TRUE(waker.is_due(4));
  waker.received(100, 100 * 50);
  EXPECT_FALSE(waker.is_due(8)) << "short ones: a thousand are";
  EXPECT_FALSE(waker.is_due(0));
}

TEST(FetchWaker, AMessageThatIsLongerThanTheQueueWakesOnceItHasBeenTaken) {
  FetchWaker waker(1000, 100'000);
  waker.received(1, 1'000'000);
  EXPECT_FALSE(waker.is_due(0)) << "none was in the queue";
  waker.received(1, 1'000'000);
  EXPECT_FALSE(waker.is_due(1));
  EXPECT_TRUE(waker.is_due(0));
}

TEST(FetchWaker, KnowsTheLimitsOfItsConsumer) {
  FetchWaker small = FetchWaker::of({{"queued.min.messages", "1000"}, {"queued.max.messages.kbytes", "100"}});
  EXPECT_FALSE(small.is_due(249));
  EXPECT_FALSE(small.is_due(0)) << "a quarter is near";
  EXPECT_FALSE(small.is_due(250));
  EXPECT_TRUE(small.is_due(0));
  small.received(10, 10 * 10'240);
  EXPECT_FALSE(small.is_due(8)) << "ten of these are 100 KiB";
  EXPECT_TRUE(small.is_due(4));

  FetchWaker usual = FetchWaker::of({});
  EXPECT_FALSE(usual.is_due(24'999));
  EXPECT_FALSE(usual.is_due(0));
  EXPECT_FALSE(usual.is_due(25'000));
  EXPECT_TRUE(usual.is_due(0));
}

}  // namespace
}  // namespace salestream::kafka
