// SPDX-License-Identifier: Apache-2.0
#include "results/partitions.h"

#include <gtest/gtest.h>

namespace salestream::results {
namespace {

core::PartitionProgress progress_of(core::PartitionId partition, core::Offset next, std::int64_t orders) {
  core::PartitionProgress progress;
  progress.partition = partition;
  progress.next_offset = next;
  progress.counters.messages = orders + 2;
  progress.counters.orders = orders;
  progress.counters.items = orders * 2;
  progress.counters.wrong_totals = 1;
  progress.counters.rejects[static_cast<int>(core::RejectReason::kMissingField)] = 2;
  return progress;
}

TEST(PartitionStatus, KnowsEveryPartitionOfEitherSide) {
  const auto joined = join({progress_of(1, 50, 48)}, {{0, 10, 30}, {1, 0, 80}});
  ASSERT_EQ(joined.size(), 2u);
  EXPECT_EQ(joined[0].lag, 20);  // none of it is in the store: all that the source has
  EXPECT_FALSE(joined[0].stored.has_value());
  EXPECT_EQ(joined[1].lag, 30);
  EXPECT_EQ(join({progress_of(1, 50, 48)}, {{1, 0, 50}})[0].lag_seconds, 0.0);
}

TEST(Lag, IsWhatTheStoreDoesNotHave) {
  EXPECT_EQ(lag_of({{0, 10, 30}, {1, 0, 80}}, {progress_of(1, 50, 48)}), 50);
  EXPECT_EQ(lag_of({{1, 0, 40}}, {progress_of(1, 50, 48)}), 0);
  EXPECT_EQ(lag_of({}, {}), 0);
}

}  // namespace
}  // namespace salestream::results
