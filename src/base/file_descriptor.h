// SPDX-License-Identifier: Apache-2.0
// A file descriptor that is closed with its owner. Movable; one owner.
#pragma once

#include <unistd.h>

#include <utility>

namespace salestream::base {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1, bool is_owned = true) : fd_(fd), is_owned_(is_owned) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)), is_owned_(other.is_owned_) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(is_owned_, other.is_owned_);
    return *this;
  }
  ~FileDescriptor() {
    if (is_owned_ && fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  // From now on its owner is the caller.
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
  bool is_owned_;
};

}  // namespace salestream::base
