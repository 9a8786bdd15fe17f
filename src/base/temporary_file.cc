// SPDX-License-Identifier: Apache-2.0
#include "base/temporary_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "base/logging.h"

namespace salestream::base {
namespace {

// /tmp may be memory, so it comes last.
std::vector<std::string> temporary_folders() {
  const char* named = std::getenv("TMPDIR");
  if (named != nullptr && *named != '\0') return {named};
  return {"/var/tmp", "/tmp"};
}

const char* advice_on(int code) {
  switch (code) {
    case EMFILE: return "Let the program open more files (ulimit -n)";
    case ENFILE: return "The whole system has too many open: close some, or let it open more (fs.file-max)";
    default: return "Make room there, or name another folder with TMPDIR";
  }
}

Error temporary_file_failure(const std::string& folder, const char* what, int code) {
  return failure("a temporary file in " + printable(folder, 4096) + " can't be " + what + ": " + std::strerror(code) +
                 ". " + advice_on(code));
}

// Not every file system can make a file that never has a name.
int open_without_name(const std::string& folder) {
  const int made = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (made >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return made;
  std::string name = folder + "/salestream.XXXXXX";
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(name.c_str());
  return named;
}

}  // namespace

Result<TemporaryFile> TemporaryFile::make() {
  std::string folder;
  int code = 0;
  for (const std::string& each : temporary_folders()) {
    FileDescriptor made(open_without_name(each));
    if (made.get() >= 0) return TemporaryFile(std::move(made), each);
    code = errno;
    folder = each;
  }
  return temporary_file_failure(folder, "made", code);
}

Status TemporaryFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), size_bytes_);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return temporary_file_failure(folder_, "written", written < 0 ? errno : ENOSPC);
    size_bytes_ += written;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status TemporaryFile::read(std::int64_t at, std::span<char> into) const {
  while (!into.empty()) {
    const ssize_t read = ::pread(descriptor_.get(), into.data(), into.size(), at);
    if (read < 0 && errno == EINTR) continue;
    if (read <= 0) return temporary_file_failure(folder_, "read", read < 0 ? errno : EIO);
    at += read;
    into = into.subspan(static_cast<std::size_t>(read));
  }
  return {};
}

}  // namespace salestream::base
