// SPDX-License-Identifier: Apache-2.0
#include "base/read_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace salestream::base {
namespace {

TEST(ReadFile, GivesAllOfItOrSaysWhyNot) {
  const std::string path = testing::TempDir() + "read_file_test";
  const std::string text = std::string(200'000, 'x') + '\0' + "end";
  std::ofstream(path, std::ios::binary) << text;
  EXPECT_EQ(read_file(path).value(), text);
  std::ofstream(path, std::ios::binary | std::ios::trunc).flush();
  EXPECT_EQ(read_file(path).value(), "");
  std::filesystem::remove(path);
  ASSERT_TRUE(read_file(path).ok());
  EXPECT_EQ(read_file(path).value(), std::nullopt);

  // A stream of the standard library takes a directory for an empty file.
  ASSERT_FALSE(read_file(testing::TempDir()).ok());
  EXPECT_EQ(read_file(testing::TempDir()).error().message, "Is a directory");
}

}  // namespace
}  // namespace salestream::base
