// SPDX-License-Identifier: Apache-2.0
// The run lock: FILE.lock, which says that it is one and which process writes to FILE. The kernel frees it when its
// holder ends, however it ends. A file by that name which is none of ours is neither written nor removed. One owner;
// any thread.
#pragma once

#include <string>
#include <utility>

#include "base/file_descriptor.h"
#include "base/result.h"

namespace salestream::store::sqlite {

class RunLock {
 public:
  // An error that names the holder when there is one already, in this process too.
  static base::Result<RunLock> take(const std::string& file);

  RunLock() = default;
  RunLock(RunLock&& other) noexcept;
  RunLock& operator=(RunLock&& other) noexcept;
  ~RunLock();

  bool is_held() const { return descriptor_.get() >= 0; }

 private:
  RunLock(std::string path, base::FileDescriptor descriptor, bool is_ours)
      : path_(std::move(path)), descriptor_(std::move(descriptor)), is_ours_(is_ours) {}

  std::string path_;
  base::FileDescriptor descriptor_;
  bool is_ours_ = false;  // otherwise the file stays
};

}  // namespace salestream::store::sqlite
