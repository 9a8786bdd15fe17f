// SPDX-License-Identifier: Apache-2.0
#include "kafka/refusal.h"

#include <gtest/gtest.h>

#include "kafka/refusing_port.h"

namespace salestream::kafka {
namespace {

TEST(Refusal, IsOneWhereNobodyListensAnywhere) {
  const RefusingPort one, two;
  EXPECT_TRUE(is_refused_everywhere(one.address()));
  EXPECT_TRUE(is_refused_everywhere("PLAINTEXT://" + one.address() + ", " + two.address()));
  two.listen();
  EXPECT_FALSE(is_refused_everywhere(one.address() + "," + two.address()));
}

TEST(Refusal, IsNoneWhereANameMayBeKnownLater) { EXPECT_FALSE(is_refused_everywhere("no-such-host.invalid:9092")); }

}  // namespace
}  // namespace salestream::kafka
