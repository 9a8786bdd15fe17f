// SPDX-License-Identifier: Apache-2.0
#include "source/line_reader.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "core/shape_hint.h"
#include "source/beginning.h"

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

// Calls `look` with each piece of [begin, end) until it gives a place in it: that place in the file.
template <typename Look>
base::Result<std::optional<std::int64_t>> look_through(int fd, const std::string& path, std::int64_t begin,
                                                       std::int64_t end, const Look& look) {
  std::array<char, 64 * 1024> buffer;
  for (std::int64_t at = begin; at < end;) {
    const std::int64_t wanted = std::min<std::int64_t>(buffer.size(), end - at);
    SALESTREAM_ASSIGN(const std::int64_t count, read_at(fd, path, buffer.data(), wanted, at));
    if (count == 0) break;
    const std::string_view piece(buffer.data(), static_cast<std::size_t>(count));
    if (const std::size_t found = look(piece); found != std::string_view::npos)
      return std::optional(at + static_cast<std::int64_t>(found));
    at += count;
  }
  return std::optional<std::int64_t>();
}

enum class Wanted : std::uint8_t { kAny, kWholeObject };

// The line [begin, end), of which only the beginning is kept where it is too long for the memory. False: it is not what
// was wanted, and not in the batch.
base::Result<bool> read_line(int fd, const std::string& path, core::PartitionId partition, std::int64_t begin,
                             std::int64_t end, std::int64_t next, Wanted wanted_line, core::MessageBatch& batch) {
  const bool is_cut = end - begin >= kMaxLineBytes;
  const std::int64_t wanted = is_cut ? kCutLineBytes : end - begin;
  char* const payload = batch.prepare_payload(static_cast<std::size_t>(wanted) + 1);
  SALESTREAM_ASSIGN(const std::int64_t count, read_at(fd, path, payload, wanted, begin));
  if (wanted_line == Wanted::kWholeObject && !is_whole_object({payload, static_cast<std::size_t>(count)})) return false;
  payload[count] = '\n';
  core::Message line = line_at(partition, begin, next, 0, count);
  line.is_cut = is_cut;
  batch.add_line(line);
  batch.set_payload_size(static_cast<std::size_t>(count) + 1);
  return true;
}

}  // namespace

std::string hint_behind(std::int64_t begin, std::string_view line) {
  const bool is_first = begin <= static_cast<std::int64_t>(core::kByteOrderMark.size());
  const std::string hint = is_first ? core::shape_hint(line) : "";
  return hint.empty() ? "" : ". " + hint;
}

base::Error file_error(const std::string& doing, const std::string& path) {
  return base::failure(fmt::format("{} {}: {}", doing, shown_path(path), std::strerror(errno)));
}

base::Status read_part(int fd, const std::string& path, core::PartitionId partition, std::int64_t begin,
                       std::int64_t end, core::MessageBatch& batch) {
  SALESTREAM_TRY(read_line(fd, path, partition, begin, end, end, Wanted::kAny, batch));
  return {};
}

base::Result<LinesRead> read_lines(int fd, const std::string& path, core::PartitionId partition, const LineRange& range,
                                   core::MessageBatch& batch) {
  LinesRead read{range.begin, std::max(range.begin, range.searched_to)};
  if (read.searched_to == range.begin) {
    const std::int64_t bytes = std::min(kReadBytes, range.file_end - range.begin);
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
    batch.set_payload_size(static_cast<std::size_t>(at));
    if (at > 0) return LinesRead{range.begin + at, range.begin + at};
    if (count < bytes) return read;  // it has become shorter meanwhile
    read.searched_to = range.begin + count;
  }
  // One line, whose end is further away.
  const std::int64_t look_end = std::min(range.file_end, read.searched_to + kLookBytes);
  SALESTREAM_ASSIGN(const auto line_feed, find_line_feed(fd, path, read.searched_to, look_end));
  if (line_feed) {
    SALESTREAM_TRY(read_line(fd, path, partition, range.begin, *line_feed, *line_feed + 1, Wanted::kAny, batch));
    return LinesRead{*line_feed + 1, *line_feed + 1};
  }
  read.searched_to = std::max(read.searched_to, look_end);
  const bool may_count = range.last_line_counts && read.searched_to >= range.file_end && range.file_end > range.begin &&
                         range.file_end - range.begin < kMaxLineBytes;
  if (!may_count) return read;
  SALESTREAM_ASSIGN(const bool is_whole, read_line(fd, path, partition, range.begin, range.file_end, range.file_end,
                                                   Wanted::kWholeObject, batch));
  return is_whole ? LinesRead{range.file_end, range.file_end} : read;
}

base::Result<std::string> read_beginning(int fd, const std::string& path, std::size_t bytes) {
  std::string beginning(bytes, '\0');
  SALESTREAM_ASSIGN(const std::int64_t count, read_at(fd, path, beginning.data(), static_cast<std::int64_t>(bytes), 0));
  beginning.resize(static_cast<std::size_t>(count));
  return beginning;
}

base::Result<std::optional<std::int64_t>> find_line_feed(int fd, const std::string& path, std::int64_t begin,
                                                         std::int64_t end) {
  return look_through(fd, path, begin, end, [](std::string_view piece) { return piece.find('\n'); });
}

base::Result<std::int64_t> find_line_begin(int fd, const std::string& path, std::int64_t begin, std::int64_t file_end) {
  if (begin < static_cast<std::int64_t>(core::kByteOrderMark.size()) + 1) {
    SALESTREAM_ASSIGN(const std::int64_t first, first_line_of(fd, path));
    if (begin <= first) return first;
  }
  SALESTREAM_ASSIGN(const auto line_feed, find_line_feed(fd, path, begin - 1, file_end));
  return line_feed ? *line_feed + 1 : file_end;
}

base::Result<std::optional<std::int64_t>> find_text(int fd, const std::string& path, std::int64_t begin,
                                                    std::int64_t end) {
  return look_through(fd, path, begin, end, [](std::string_view piece) { return piece.find_first_not_of(" \t\r\n"); });
}

bool is_whole_object(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t\r");
  if (first == std::string_view::npos || line[first] != '{') return false;
  std::size_t depth = 0;
  for (std::size_t at = first; at < line.size(); ++at) {
    switch (line[at]) {
      case '{':
      case '[': ++depth; break;
      case '}':
      case ']':
        if (--depth == 0) return line.find_first_not_of(" \t\r", at + 1) == std::string_view::npos;
        break;
      case '"':
        for (++at; at < line.size() && line[at] != '"'; ++at)
          if (line[at] == '\\') ++at;
        break;
      default: break;
    }
  }
  return false;
}

}  // namespace salestream::source
