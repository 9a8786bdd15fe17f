// SPDX-License-Identifier: Apache-2.0
// Whole lines out of a file descriptor, straight into a batch. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/file_descriptor.h"
#include "base/result.h"
#include "core/message.h"

namespace salestream::source {

// Bytes read at once: enough to cost little, little enough to stay in the processor's cache until they are decoded.
inline constexpr std::int64_t kReadBytes = 128 * 1024;

using base::FileDescriptor;

struct LineRange {
  std::int64_t begin = 0;         // where the first line begins
  std::int64_t end = 0;           // lines that begin here or later are somebody else's
  std::int64_t file_end = 0;      // the file's size
  bool last_line_counts = false;  // also without a line end
};

// Appends the lines of a regular file that begin in `range` to the empty batch, up to about kReadBytes, as messages of
// `partition`. Returns where the next line begins; `begin` again when there is no whole line yet.
base::Result<std::int64_t> read_lines(int fd, const std::string& path, core::PartitionId partition,
                                      const LineRange& range, core::MessageBatch& batch);

// The first line that begins at `begin` or later: `begin` itself when a line ends right before it. `file_end` when
// none.
base::Result<std::int64_t> find_line_begin(int fd, const std::string& path, std::int64_t begin, std::int64_t file_end);

// The text of errno, with the path.
base::Error file_error(const std::string& doing, const std::string& path);

}  // namespace salestream::source
