// SPDX-License-Identifier: Apache-2.0
#include "base/allocated_bytes.h"

#include <gtest/gtest.h>

namespace salestream::base {
namespace {

TEST(AllocatedBytes, AreThoseOfTheNextSizeClass) {
  // As jemalloc's nallocx() says.
  EXPECT_EQ(allocated_bytes(1), 8U);
  EXPECT_EQ(allocated_bytes(16), 16U);
  EXPECT_EQ(allocated_bytes(17), 32U);
  EXPECT_EQ(allocated_bytes(128), 128U);
  EXPECT_EQ(allocated_bytes(129), 160U);
  EXPECT_EQ(allocated_bytes(1000), 1024U);
  EXPECT_EQ(allocated_bytes(32 * 1024), 32U * 1024);
  EXPECT_EQ(allocated_bytes(32 * 1024 + 8), 40U * 1024);
  EXPECT_EQ(allocated_bytes(8'000'000), 8U << 20);
}

}  // namespace
}  // namespace salestream::base
