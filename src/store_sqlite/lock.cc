// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace salestream::store::sqlite {
namespace {

// What a lock file of ours says, always in the same number of bytes: a holder that was killed while it wrote its own
// over an earlier one leaves a whole one behind.
constexpr std::string_view kMark = "salestream run lock, process ";
constexpr std::size_t kContentBytes = kMark.size() + 11;

std::string content_of(pid_t process) {
  std::string digits = std::to_string(process);
  digits.resize(kContentBytes - kMark.size() - 1, ' ');
  return std::string(kMark) + digits + "\n";
}

enum class Owner : std::uint8_t {
  kOurs,     // a run lock: may be written and removed
  kUnknown,  // empty, or a number such as salestream 0.1 wrote: serves as a lock, and stays as it is
  kForeign,
};

struct Found {
  Owner owner = Owner::kForeign;
  std::string process;  // for messages
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Found look_at(int descriptor) {
  std::array<char, kContentBytes + 1> buffer{};
  const ssize_t size = pread(descriptor, buffer.data(), buffer.size(), 0);
  if (size < 0) return {};
  const std::string_view text(buffer.data(), static_cast<std::size_t>(size));
  if (text.size() == kContentBytes && text.starts_with(kMark)) {
    const auto begin = text.begin() + static_cast<std::ptrdiff_t>(kMark.size());
    const auto digits_end = std::find_if_not(begin, text.end(), is_digit);
    return {Owner::kOurs, "process " + std::string(begin, digits_end)};
  }
  const bool is_number =
      text.ends_with('\n') && text.size() <= 12 && std::all_of(text.begin(), text.end() - 1, is_digit);
  return {text.empty() || is_number ? Owner::kUnknown : Owner::kForeign, "process unknown"};
}

bool is_still_at(const std::string& path, int descriptor) {
  struct stat opened {
  }, there{};
  return fstat(descriptor, &opened) == 0 && lstat(path.c_str(), &there) == 0 && opened.st_dev == there.st_dev &&
         opened.st_ino == there.st_ino;
}

base::Error foreign(const std::string& file, const std::string& path) {
  return base::failure(file + ": its lock file would be " + path +
                       ", and what stands there is no lock of salestream's. It was left as it is: name another file "
                       "for the store, or move it away");
}

}  // namespace

base::Result<RunLock> RunLock::take(const std::string& file) {
  const std::string path = file + ".lock";
  for (;;) {
    int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    const bool is_new = descriptor >= 0;
    if (!is_new && errno == EEXIST) {
      descriptor = open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
      if (descriptor < 0 && errno == ENOENT) continue;  // its holder has just removed it
      if (descriptor < 0 && (errno == ELOOP || errno == EISDIR || errno == ENXIO)) return foreign(file, path);
    }
    if (descriptor < 0)
      return base::failure(file + ": cannot be written: its lock file " + path + " cannot be made (" +
                           std::strerror(errno) + "). Its folder must be there and writable");
    base::FileDescriptor opened(descriptor);
    struct stat status {};
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return foreign(file, path);
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      const int cause = errno;
      const Found holder = look_at(descriptor);
      if (holder.owner == Owner::kForeign) return foreign(file, path);
      if (cause == EWOULDBLOCK)
        return base::failure(file + ": another run is writing to it (" + holder.process +
                             "). Wait for it or stop it first, or give this one a store of its own with "
                             "--store sqlite:FILE");
      return base::failure(file + ": its lock file " + path + " cannot be locked (" + std::strerror(cause) + ")");
    }
    // Its last holder may have removed it between our open and our lock: then it is not the lock any more.
    if (!is_still_at(path, descriptor)) continue;
    const Owner owner = is_new ? Owner::kOurs : look_at(descriptor).owner;
    if (owner == Owner::kForeign) return foreign(file, path);
    if (owner == Owner::kOurs) {
      // For the error text of others, and to be known again, so a full disk is no reason to fail here.
      const std::string content = content_of(getpid());
      static_cast<void>(pwrite(descriptor, content.data(), content.size(), 0) < 0);
    }
    return RunLock(path, std::move(opened), owner == Owner::kOurs);
  }
}

RunLock::RunLock(RunLock&& other) noexcept = default;

RunLock& RunLock::operator=(RunLock&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(is_ours_, other.is_ours_);
  return *this;
}

RunLock::~RunLock() {
  // Removed while still locked: a process that opened it before sees that it is gone, and tries again.
  if (is_held() && is_ours_ && is_still_at(path_, descriptor_.get())) unlink(path_.c_str());
}

}  // namespace salestream::store::sqlite
