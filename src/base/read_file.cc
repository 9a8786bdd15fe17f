// SPDX-License-Identifier: Apache-2.0
#include "base/read_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/file_descriptor.h"

namespace salestream::base {

Result<std::optional<std::string>> read_file(const std::string& path) {
  constexpr std::size_t kReadBytes = 1 << 16;
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    if (errno == ENOENT) return std::optional<std::string>();
    return failure(std::strerror(errno));
  }
  std::string text;
  for (;;) {
    const std::size_t size = text.size();
    text.resize(size + kReadBytes);
    const ssize_t count = ::read(file.get(), text.data() + size, kReadBytes);
    if (count < 0 && errno != EINTR) return failure(std::strerror(errno));
    text.resize(size + (count > 0 ? static_cast<std::size_t>(count) : 0));
    if (count == 0) return std::optional(std::move(text));
  }
}

}  // namespace salestream::base
