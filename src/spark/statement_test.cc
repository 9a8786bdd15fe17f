// SPDX-License-Identifier: Apache-2.0
#include "spark/statement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace salestream::spark {
namespace {

using testing::HasSubstr;

TEST(SparkStatement, RefusesWhatSparkCannotSay) {
  core::Definition definition;
  EXPECT_TRUE(check_expressible(definition).ok());
  definition.deduplicate = core::Deduplicate{500};
  const auto status = check_expressible(definition);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("deduplicate cannot run on Spark"));
  EXPECT_THAT(status.error().message, HasSubstr("500 messages"));
}

}  // namespace
}  // namespace salestream::spark
