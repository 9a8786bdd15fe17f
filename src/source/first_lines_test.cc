// SPDX-License-Identifier: Apache-2.0
// The first lines of a file, within limits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "source/first_messages.h"

namespace salestream::source {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FirstLinesTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/salestream_first_lines_XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  base::Result<core::MessageBatch> read(const std::string& text, const SampleLimits& limits = {}) {
    const std::filesystem::path path = directory_ / "orders.jsonl";
    std::ofstream(path, std::ios::binary) << text;
    return first_lines(path, limits);
  }
  std::vector<std::string> lines(const std::string& text, const SampleLimits& limits = {}) {
    const auto batch = read(text, limits);
    EXPECT_TRUE(batch.ok()) << batch.error().message;
    std::vector<std::string> out;
    if (!batch.ok()) return out;
    for (const core::Message& message : batch->messages()) out.emplace_back(batch->payload_of(message));
    return out;
  }
  std::string error(const std::string& text, const SampleLimits& limits = {}) {
    const auto batch = read(text, limits);
    return batch.ok() ? "no error" : batch.error().message;
  }

  std::filesystem::path directory_;
};

TEST_F(FirstLinesTest, TheLastLineNeedsNoEnd) {
  EXPECT_THAT(lines("{\"a\": 1}\n{\"a\": 2}"), ElementsAre("{\"a\": 1}", "{\"a\": 2}"));
  EXPECT_THAT(lines("{\"a\": 1}\n\n"), ElementsAre("{\"a\": 1}", ""));
}

TEST_F(FirstLinesTest, AByteOrderMarkIsNoLines) {
  EXPECT_THAT(lines("\xef\xbb\xbf{\"a\": 1}\r\n"), ElementsAre("{\"a\": 1}\r"));
}

TEST_F(FirstLinesTest, NoMoreThanTheLimits) {
  const std::string two = "{\"a\": 1}\n{\"a\": 2}\n";
  EXPECT_THAT(lines(two, {.messages = 1}), ElementsAre("{\"a\": 1}"));
  EXPECT_THAT(lines(two, {.bytes = two.size() - 1}), ElementsAre("{\"a\": 1}"));
  EXPECT_THAT(error(two, {.bytes = 5}), HasSubstr("its first line has more than"));
}

TEST_F(FirstLinesTest, WhatIsNoLinesIsAnError) {
  EXPECT_THAT(error(""), HasSubstr("is empty"));
  EXPECT_THAT(error("[\n{\"a\": 1}\n]\n"), HasSubstr("array"));
  EXPECT_FALSE(first_lines(directory_, {}).ok());
  EXPECT_FALSE(first_lines(directory_ / "none", {}).ok());
}

}  // namespace
}  // namespace salestream::source
