// SPDX-License-Identifier: Apache-2.0
#include "base/whole_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "base/logging.h"

namespace salestream::base {
namespace {

constexpr mode_t kNewMode = 0600;

// Where a link leads to; otherwise the path itself.
std::string without_links(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(path.c_str(), nullptr), &std::free);
  return resolved ? std::string(resolved.get()) : path;
}

}  // namespace

Result<WholeFile> WholeFile::open(const std::string& path, std::string option) {
  WholeFile file(without_links(path), std::move(option));
  struct stat found {};
  const bool is_there = ::lstat(file.path_.c_str(), &found) == 0;
  if (!is_there || S_ISREG(found.st_mode)) {
    SALESTREAM_TRY(file.make_temporary());
    return file;
  }
  file.descriptor_ = FileDescriptor(::open(file.path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kNewMode));
  if (file.descriptor_.get() < 0) return file.cannot_write();
  return file;
}

WholeFile::WholeFile(WholeFile&& other) noexcept
    : path_(std::move(other.path_)),
      option_(std::move(other.option_)),
      temporary_(std::exchange(other.temporary_, {})),
      descriptor_(std::move(other.descriptor_)) {}

WholeFile::~WholeFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Status WholeFile::make_temporary() {
  std::string name = path_ + ".XXXXXX";
  descriptor_ = FileDescriptor(::mkostemp(name.data(), O_CLOEXEC));
  if (descriptor_.get() < 0) return cannot_write();
  temporary_ = std::move(name);
  return {};
}

Status WholeFile::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor_.get(), text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return cannot_write();
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Status WholeFile::finish() {
  if (!temporary_.empty()) {
    // To its group and others as the one before was, unless those are other people now.
    struct stat before {};
    if (::lstat(path_.c_str(), &before) == 0 && S_ISREG(before.st_mode)) {
      const bool same_people = ::fchown(descriptor_.get(), before.st_uid, before.st_gid) == 0;
      if (::fchmod(descriptor_.get(), before.st_mode & (same_people ? 0777U : 0700U)) != 0) return cannot_write();
    }
    if (::fsync(descriptor_.get()) != 0 || std::rename(temporary_.c_str(), path_.c_str()) != 0) return cannot_write();
    temporary_.clear();
  }
  // What a file server refuses may be told only now.
  if (::close(descriptor_.release()) != 0) return cannot_write();
  return {};
}

Error WholeFile::cannot_write() const {
  return failure(option_ + ": " + printable(path_, 4096) + " can't be written: " + std::strerror(errno));
}

}  // namespace salestream::base
