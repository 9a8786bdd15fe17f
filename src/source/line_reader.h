// SPDX-License-Identifier: Apache-2.0
// Whole lines out of a file descriptor, straight into a batch. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_descriptor.h"
#include "base/result.h"
#include "core/message.h"
#include "source/file.h"

namespace salestream::source {

// Bytes read at once: enough to cost little, little enough to stay in the processor's cache until they are decoded.
inline constexpr std::int64_t kReadBytes = 128 * 1024;

using base::FileDescriptor;

// How far one call looks for a line's end: a line without one holds nobody up for long.
inline constexpr std::int64_t kLookBytes = kMaxLineBytes + (1 << 20);

struct LineRange {
  std::int64_t begin = 0;         // where the first line begins
  std::int64_t end = 0;           // lines that begin here or later are somebody else's
  std::int64_t file_end = 0;      // the file's size
  bool last_line_counts = false;  // also without a line feed, if it is a whole order
  std::int64_t searched_to = 0;   // where beyond `begin`: no line feed stands before it
};

struct LinesRead {
  std::int64_t next = 0;         // where the next line begins; the range's begin: there is no whole line yet
  std::int64_t searched_to = 0;  // no line feed stands between the two; below file_end: look on from there
};

// Appends the lines of a regular file that begin in `range` to the empty batch, up to about kReadBytes, as messages of
// `partition`.
base::Result<LinesRead> read_lines(int fd, const std::string& path, core::PartitionId partition, const LineRange& range,
                                   core::MessageBatch& batch);

// Appends [begin, end) as one message of `partition`, wherever its line ends. Of at most kMaxLineBytes.
base::Status read_part(int fd, const std::string& path, core::PartitionId partition, std::int64_t begin,
                       std::int64_t end, core::MessageBatch& batch);

// The first line feed in [begin, end).
base::Result<std::optional<std::int64_t>> find_line_feed(int fd, const std::string& path, std::int64_t begin,
                                                         std::int64_t end);

// The first `bytes` of a file, or all there are.
base::Result<std::string> read_beginning(int fd, const std::string& path, std::size_t bytes);

// The first line that begins at `begin` or later: `begin` itself when a line ends right before it. `file_end` when
// none.
base::Result<std::int64_t> find_line_begin(int fd, const std::string& path, std::int64_t begin, std::int64_t file_end);

// Where the first byte stands in [begin, end) that is no white space.
base::Result<std::optional<std::int64_t>> find_text(int fd, const std::string& path, std::int64_t begin,
                                                    std::int64_t end);

// Whether a line that has no line feed yet can be counted: it is one JSON object, from its first bracket to the one
// that closes it. Whatever comes behind that, it stays the same order, or becomes no order at all. Anything else may be
// half of what it will be.
bool is_whole_object(std::string_view line);

// What a file or a stream that is all one line, at `begin`, looks like: a sentence behind another one; empty: unknown.
std::string hint_behind(std::int64_t begin, std::string_view line);

// The text of errno, with the path.
base::Error file_error(const std::string& doing, const std::string& path);

}  // namespace salestream::source
