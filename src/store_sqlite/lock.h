// SPDX-License-Identifier: Apache-2.0
// The run lock: FILE.lock, which holds the id of the process that writes to FILE. The kernel frees it when its holder
// ends, however it ends. One owner; any thread.
#pragma once

#include <string>

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

  bool is_held() const { return descriptor_ >= 0; }

 private:
  RunLock(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  void release();

  std::string path_;
  int descriptor_ = -1;
};

}  // namespace salestream::store::sqlite
