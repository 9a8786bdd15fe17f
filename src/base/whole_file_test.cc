// SPDX-License-Identifier: Apache-2.0
#include "base/whole_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace salestream::base {
namespace {

class WholeFileTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/salestream_whole_file_XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path(const char* name) const { return (folder_ / name).string(); }
  static void put(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }
  static std::string contents(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static mode_t mode_of(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 07777;
  }
  static void write(const std::string& path, std::string_view text) {
    auto file = WholeFile::open(path, "--out");
    ASSERT_TRUE(file.ok()) << file.error().message;
    ASSERT_TRUE(file->write(text).ok());
    ASSERT_TRUE(file->finish().ok());
  }
  std::ptrdiff_t files() const {
    return std::distance(std::filesystem::directory_iterator(folder_), std::filesystem::directory_iterator());
  }

  std::filesystem::path folder_;
};

TEST_F(WholeFileTest, ANewFileIsItsOwnersAlone) {
  write(path("new"), "documents");
  EXPECT_EQ(contents(path("new")), "documents");
  EXPECT_EQ(mode_of(path("new")), 0600U);
  EXPECT_EQ(files(), 1);
}

TEST_F(WholeFileTest, AFileThatIsReplacedHandsItsModeOn) {
  put(path("old"), "before");
  for (const mode_t mode : {0640U, 0604U, 0600U}) {
    ASSERT_EQ(::chmod(path("old").c_str(), mode), 0);
    write(path("old"), "after");
    EXPECT_EQ(contents(path("old")), "after");
    EXPECT_EQ(mode_of(path("old")), mode);
  }
}

TEST_F(WholeFileTest, FilesBesideItAreLeftAlone) {
  put(path("F.new"), "somebody's");
  ASSERT_EQ(::chmod(path("F.new").c_str(), 0644), 0);
  write(path("F"), "mine");
  EXPECT_EQ(contents(path("F.new")), "somebody's");
  EXPECT_EQ(mode_of(path("F.new")), 0644U);
  EXPECT_EQ(files(), 2);
}

TEST_F(WholeFileTest, WithoutAFinishThePlaceStaysAsItWas) {
  put(path("old"), "before");
  {
    auto file = WholeFile::open(path("old"), "--out");
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file->write("half").ok());
  }
  EXPECT_EQ(contents(path("old")), "before");
  EXPECT_EQ(files(), 1);
}

TEST_F(WholeFileTest, ALinkStaysAndItsFileIsReplaced) {
  put(path("target"), "before");
  std::filesystem::create_symlink("target", path("link"));
  write(path("link"), "after");
  EXPECT_TRUE(std::filesystem::is_symlink(path("link")));
  EXPECT_EQ(contents(path("target")), "after");
  write("/dev/null", "nothing");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_F(WholeFileTest, SaysWhatCannotBeWritten) {
  const auto file = WholeFile::open(path("none/F"), "--out");
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().message, "--out: " + path("none/F") + " can't be written: No such file or directory");
}

}  // namespace
}  // namespace salestream::base
