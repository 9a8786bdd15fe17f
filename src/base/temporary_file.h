// SPDX-License-Identifier: Apache-2.0
// A file without a name, for what memory has no room for: nobody else can open it, and it is gone with the process,
// however that ends. It is in the folder that TMPDIR names, else in /var/tmp or /tmp. Written by one thread at a time;
// what is written can be read by any.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/file_descriptor.h"
#include "base/result.h"

namespace salestream::base {

class TemporaryFile {
 public:
  static Result<TemporaryFile> make();

  Status append(std::string_view bytes);
  // All of `into`, which has been written.
  Status read(std::int64_t at, std::span<char> into) const;
  std::int64_t size_bytes() const { return size_bytes_; }

 private:
  TemporaryFile(FileDescriptor descriptor, std::string folder)
      : descriptor_(std::move(descriptor)), folder_(std::move(folder)) {}

  FileDescriptor descriptor_;
  std::string folder_;
  std::int64_t size_bytes_ = 0;
};

}  // namespace salestream::base
