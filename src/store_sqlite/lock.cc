// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace salestream::store::sqlite {
namespace {

std::string holder_of(int descriptor) {
  char digits[24];
  const ssize_t size = pread(descriptor, digits, sizeof digits, 0);
  std::string pid;
  for (ssize_t i = 0; i < size && digits[i] >= '0' && digits[i] <= '9'; ++i) pid += digits[i];
  return pid.empty() ? "process unknown" : "process " + pid;
}

bool is_still_at(const std::string& path, int descriptor) {
  struct stat opened {
  }, there{};
  return fstat(descriptor, &opened) == 0 && stat(path.c_str(), &there) == 0 && opened.st_dev == there.st_dev &&
         opened.st_ino == there.st_ino;
}

}  // namespace

base::Result<RunLock> RunLock::take(const std::string& file) {
  const std::string path = file + ".lock";
  for (;;) {
    const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0)
      return base::failure(file + ": cannot be written: its lock file " + path + " cannot be made (" +
                           std::strerror(errno) + "). Its folder must be there and writable");
    RunLock lock(path, -1);
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      const int cause = errno;
      const std::string holder = holder_of(descriptor);
      close(descriptor);
      if (cause == EWOULDBLOCK)
        return base::failure(file + ": another run is writing to it (" + holder +
                             "). Wait for it or stop it first, or give this one a store of its own with "
                             "--store sqlite:FILE");
      return base::failure(file + ": its lock file " + path + " cannot be locked (" + std::strerror(cause) + ")");
    }
    // Its last holder may have removed it between our open and our lock: then it is not the lock any more.
    if (!is_still_at(path, descriptor)) {
      close(descriptor);
      continue;
    }
    // Only for the error text of others, so a full disk is no reason to fail here.
    const std::string pid = std::to_string(getpid()) + "\n";
    if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, pid.data(), pid.size(), 0) < 0) errno = 0;
    lock.descriptor_ = descriptor;
    return lock;
  }
}

RunLock::RunLock(RunLock&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

RunLock& RunLock::operator=(RunLock&& other) noexcept {
  if (this != &other) {
    release();
    path_ = std::move(other.path_);
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

RunLock::~RunLock() { release(); }

void RunLock::release() {
  if (descriptor_ < 0) return;
  // Removed while still locked: a process that opened it before sees that it is gone, and tries again.
  unlink(path_.c_str());
  close(descriptor_);
  descriptor_ = -1;
}

}  // namespace salestream::store::sqlite
