// SPDX-License-Identifier: Apache-2.0
#include "base/temporary_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>

namespace salestream::base {
namespace {

using testing::HasSubstr;

// TMPDIR, for as long as it lives.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::string& folder) {
    if (const char* was = std::getenv("TMPDIR")) was_ = was;
    ::setenv("TMPDIR", folder.c_str(), 1);
  }
  ~TemporaryFolder() { was_ ? ::setenv("TMPDIR", was_->c_str(), 1) : ::unsetenv("TMPDIR"); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

 private:
  std::optional<std::string> was_;
};

TEST(TemporaryFile, GivesBackWhatWasWrittenAndHasNoName) {
  const std::string folder = testing::TempDir() + "temporary_file_test";
  std::filesystem::create_directories(folder);
  const TemporaryFolder in(folder);
  auto file = TemporaryFile::make();
  ASSERT_TRUE(file.ok()) << file.error().message;
  ASSERT_TRUE(file->append("one, ").ok());
  ASSERT_TRUE(file->append("two").ok());
  EXPECT_EQ(file->size_bytes(), 8);
  std::array<char, 3> read{};
  ASSERT_TRUE(file->read(5, read).ok());
  EXPECT_EQ(std::string(read.data(), read.size()), "two");
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  EXPECT_FALSE(file->read(6, read).ok()) << "more than was written";
}

TEST(TemporaryFile, SaysWhichFolderHasNone) {
  const TemporaryFolder in("/nowhere");
  const auto file = TemporaryFile::make();
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().message,
            "a temporary file in /nowhere can't be made: No such file or directory. Make room there, or name another "
            "folder with TMPDIR");
}

TEST(TemporaryFile, SaysThatTooManyFilesAreOpen) {
  struct rlimit was {};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &was), 0);
  const struct rlimit none { 0, was.rlim_max };
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto file = TemporaryFile::make();
  ::setrlimit(RLIMIT_NOFILE, &was);
  ASSERT_FALSE(file.ok());
  EXPECT_THAT(file.error().message,
              HasSubstr("can't be made: Too many open files. Let the program open more files (ulimit -n)"));
}

// A limit on files stands for a full disk.
TEST(TemporaryFile, SaysThatItCanNotGrow) {
  struct rlimit was {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &was), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small { 1000, was.rlim_max };
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  auto file = TemporaryFile::make();
  const Status written = file.ok() ? file->append(std::string(2000, 'x')) : Status();
  ::setrlimit(RLIMIT_FSIZE, &was);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(written.ok());
  EXPECT_THAT(written.error().message, HasSubstr("can't be written: File too large. Make room there"));
}

}  // namespace
}  // namespace salestream::base
