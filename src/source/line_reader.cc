// SPDX-License-Identifier: Apache-2.0
#include "source/line_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "source/file.h"

namespace salestream::source {
namespace {

// Of a line beyond kMaxLineBytes, so much is kept.
constexpr std::int64_t kCutLineBytes = 1 << 20;

// Reads up to `bytes` at `at`; fewer only at the file's end.
base::Result<std::int64_t> read_at(int fd, const std::string& path, char* to, std::int64_t bytes, std::int64_t at) {
  std::int64_t done = 0;
  while (done < bytes) {
    const ssize_t count = ::pread(fd, to + done, static_cast<std::size_t>(bytes - done), at + done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return file_error("reading", path);
    if (count == 0) break;
    done += count;
  }
  return done;
}

core::Message line_at(core::PartitionId partition, std::int64_t offset, std::int64_t next_offset, std::int64_t begin,
                      std::int64_t size) {
  core::Message line;
  line.partition = partition;
  line.offset = offset;
  line.next_offset = next_offset;
  line.begin = static_cast<std::uint32_t>(begin);
  line.size = static_cast<std::uint32_t>(size);
  return line;
}

// A line that is too long for the memory: its beginning, and a search for its end.
base::Result<std::int64_t> read_endless_line(int fd, const std::string& path, core::PartitionId partition,
                                             const LineRange& range, core::MessageBatch& batch) {
  std::array<char, 64 * 1024> buffer;
  for (std::int64_t at = range.begin; at < range.file_end;) {
    SALESTREAM_ASSIGN(const std::int64_t count, read_at(fd, path, buffer.data(), buffer.size(), at));
    if (count == 0) break;
    const void* end = std::memchr(buffer.data(), '\n', static_cast<std::size_t>(count));
    at += end == nullptr ? count : static_cast<const char*>(end) - buffer.data() + 1;
    if (end == nullptr && !(range.last_line_counts && at >= range.file_end)) continue;
    char* const payload = batch.prepare_payload(kCutLineBytes + 1);
    SALESTREAM_ASSIGN(const std::int64_t kept, read_at(fd, path, payload, kCutLineBytes, range.begin));
    payload[kept] = '\n';
    core::Message line = line_at(partition, range.begin, at, 0, kept);
    line.is_cut = true;
    batch.add_line(line);
    batch.set_payload_size(static_cast<std::size_t>(kept) + 1);
    return at;
  }
  return range.begin;
}

}  // namespace

base::Error file_error(const std::string& doing, const std::string& path) {
  return base::failure(fmt::format("{} {}: {}", doing, path == "-" ? "standard input" : path, std::strerror(errno)));
}

base::Result<std::int64_t> read_lines(int fd, const std::string& path, core::PartitionId partition,
                                      const LineRange& range, core::MessageBatch& batch) {
  for (std::int64_t wanted = kReadBytes;; wanted = wanted < kMaxLineBytes ? std::min(wanted * 4, kMaxLineBytes) : 0) {
    if (wanted == 0) return read_endless_line(fd, path, partition, range, batch);
    const std::int64_t bytes = std::min(wanted, range.file_end - range.begin);
    char* const payload = batch.prepare_payload(static_cast<std::size_t>(bytes) + 1);
    SALESTREAM_ASSIGN(const std::int64_t count, read_at(fd, path, payload, bytes, range.begin));
    std::int64_t at = 0;
    // No more lines than usual behind one that needed a longer look.
    while (at < count && at < kReadBytes && range.begin + at < range.end) {
      const void* const end = std::memchr(payload + at, '\n', static_cast<std::size_t>(count - at));
      if (end == nullptr) break;
      const std::int64_t line_end = static_cast<const char*>(end) - payload;
      batch.add_line(line_at(partition, range.begin + at, range.begin + line_end + 1, at, line_end - at));
      at = line_end + 1;
    }
    const bool is_file_end = range.begin + count >= range.file_end;
    if (range.last_line_counts && is_file_end && at < count && range.begin + at < range.end &&
        (at == 0 || (at < kReadBytes && count - at <= kReadBytes))) {
      payload[count] = '\n';
      batch.add_line(line_at(partition, range.begin + at, range.begin + count, at, count - at));
      at = count;
      batch.set_payload_size(static_cast<std::size_t>(count) + 1);
      return range.begin + at;
    }
    batch.set_payload_size(static_cast<std::size_t>(at));
    if (at > 0 || is_file_end) return range.begin + at;
    batch.clear();  // not one whole line: a longer look
  }
}

base::Result<std::int64_t> find_line_begin(int fd, const std::string& path, std::int64_t begin, std::int64_t file_end) {
  if (begin == 0) return std::int64_t{0};
  std::array<char, 4096> buffer;
  for (std::int64_t at = begin - 1; at < file_end;) {
    SALESTREAM_ASSIGN(const std::int64_t count, read_at(fd, path, buffer.data(), buffer.size(), at));
    if (count == 0) break;
    if (const void* end = std::memchr(buffer.data(), '\n', static_cast<std::size_t>(count)))
      return at + (static_cast<const char*>(end) - buffer.data()) + 1;
    at += count;
  }
  return file_end;
}

}  // namespace salestream::source
