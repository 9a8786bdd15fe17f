// SPDX-License-Identifier: Apache-2.0
#include "config/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "config/testing.h"

namespace salestream::config {
namespace {

using testing::environment_of;
using ::testing::HasSubstr;

const Environment kEnvironment = environment_of({{"A", "alpha"}, {"EMPTY", ""}, {"DOLLAR", "${A}$$"}});

std::string replaced(std::string_view text) {
  const auto result = replace_variables(text, kEnvironment, 1000);
  return result.ok() ? *result : "error: " + result.error().message;
}

TEST(Environment, ReplacesVariables) {
  EXPECT_EQ(replaced(""), "");
  EXPECT_EQ(replaced("plain"), "plain");
  EXPECT_EQ(replaced("${A}"), "alpha");
  EXPECT_EQ(replaced("<${A}${A}>"), "<alphaalpha>");
  EXPECT_EQ(replaced("${EMPTY}"), "");
}

TEST(Environment, DefaultStandsInForUnsetAndEmpty) {
  EXPECT_EQ(replaced("${A:-b}"), "alpha");
  EXPECT_EQ(replaced("${UNSET:-localhost:9092}"), "localhost:9092");
  EXPECT_EQ(replaced("${EMPTY:-b}"), "b");
  EXPECT_EQ(replaced("${UNSET:-}"), "");
  EXPECT_EQ(replaced("${UNSET:-a-:-b}"), "a-:-b");
}

TEST(Environment, TwoDollarsAreOne) {
  EXPECT_EQ(replaced("$$"), "$");
  EXPECT_EQ(replaced("$${A}"), "${A}");
  EXPECT_EQ(replaced("$$$$"), "$$");
}

TEST(Environment, WhatAVariableHoldsIsNotReplacedAgain) { EXPECT_EQ(replaced("${DOLLAR}"), "${A}$$"); }

TEST(Environment, UnsetVariableIsNamed) {
  EXPECT_EQ(replaced("a${NOT_THERE}"),
            "error: the environment variable NOT_THERE is not set; set it, or give a default: '${NOT_THERE:-…}'");
}

TEST(Environment, RefusesHalfVariables) {
  for (const std::string_view text : {"$", "pa$word", "$A", "$ {A}", "a$"})
    EXPECT_THAT(replaced(text), HasSubstr("error: a lone '$'")) << text;
  for (const std::string_view text : {"${}", "${", "${1A}", "${-A}", "${:-x}"})
    EXPECT_THAT(replaced(text), HasSubstr("error: '${' without the name")) << text;
  for (const std::string_view text : {"${A", "${A:-x", "${A-x}", "${A:x}", "${A B}", "${A?}"})
    EXPECT_THAT(replaced(text), HasSubstr("is not ended well")) << text;
  EXPECT_THAT(replaced("${B:-${A}}"), HasSubstr("a default is plain text"));
}

TEST(Environment, ALoneDollarDoesNotShowThePassword) { EXPECT_EQ(replaced("pa$word").find("word"), std::string::npos); }

TEST(Environment, ResultIsBounded) {
  EXPECT_TRUE(replace_variables("${A}${A}", kEnvironment, 10).ok());
  const auto result = replace_variables("${A}${A}", kEnvironment, 9);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message.find("alpha"), std::string::npos);
}

TEST(Environment, ReadsTheProcess) {
  ::setenv("SALESTREAM_ENVIRONMENT_TEST", "here", 1);
  EXPECT_EQ(process_environment()("SALESTREAM_ENVIRONMENT_TEST"), "here");
  ::unsetenv("SALESTREAM_ENVIRONMENT_TEST");
  EXPECT_EQ(process_environment()("SALESTREAM_ENVIRONMENT_TEST"), std::nullopt);
}

}  // namespace
}  // namespace salestream::config
