// SPDX-License-Identifier: Apache-2.0
// A file of JSON lines: which line belongs to which partition is said in source/file.h, whose constants are part of
// what the store has counted. The reading is this file's own.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "audit/reader.h"
#include "source/file.h"

namespace salestream::audit {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr std::size_t kKeptBytesOfCutLine = 1 << 20;
// What the buffer grows to by doubling: a whole line, and a read.
constexpr std::size_t kUsualBytes = static_cast<std::size_t>(source::kMaxLineBytes) + kReadBytes;

base::Error error_of(const char* doing, const std::string& path) {
  return base::failure(fmt::format("{} {}: {}", doing, path, std::strerror(errno)));
}

struct Line {
  std::string_view bytes;
  std::int64_t next = 0;  // where the line after it begins
  bool is_cut = false;
};

// A file seen through a buffer that moves along. One thread.
class Lines {
 public:
  explicit Lines(std::string path) : path_(std::move(path)) {}
  ~Lines() {
    if (fd_ >= 0) ::close(fd_);
  }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  base::Status open() {
    fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    return fd_ < 0 ? base::Status(error_of("opening", path_)) : base::Status();
  }

  base::Result<std::int64_t> size() const {
    struct stat facts {};
    if (::fstat(fd_, &facts) != 0) return error_of("looking at", path_);
    return static_cast<std::int64_t>(facts.st_size);
  }

  // Behind the first line feed at `from` or later; the file's end when there is none.
  base::Result<std::int64_t> after_line_feed(std::int64_t from) {
    for (std::int64_t at = from;;) {
      SALESTREAM_ASSIGN(const std::string_view there, bytes_at(at, 1));
      if (there.empty()) return at;
      if (const auto end = there.find('\n'); end != std::string_view::npos)
        return at + static_cast<std::int64_t>(end) + 1;
      at += static_cast<std::int64_t>(there.size());
    }
  }

  // Of the file's first line: a byte order mark before it is none of it.
  base::Result<std::int64_t> first_line() {
    constexpr std::string_view kMark = "\xEF\xBB\xBF";
    SALESTREAM_ASSIGN(const std::string_view there, bytes_at(0, kMark.size()));
    return there.starts_with(kMark) ? static_cast<std::int64_t>(kMark.size()) : 0;
  }

  // The line that begins at `begin`, which is before the end; without its line feed.
  base::Result<Line> line_at(std::int64_t begin) {
    std::size_t looked_at = 0;
    for (;;) {
      SALESTREAM_ASSIGN(const std::string_view there, bytes_at(begin, looked_at + 1));
      const bool is_all = there.size() <= looked_at;  // nothing came: the last line has no line feed
      const auto end = there.find('\n', looked_at);
      if (end != std::string_view::npos) {
        const bool is_cut = end >= static_cast<std::size_t>(source::kMaxLineBytes);
        return Line{there.substr(0, is_cut ? kKeptBytesOfCutLine : end), begin + static_cast<std::int64_t>(end) + 1,
                    is_cut};
      }
      if (is_all) return Line{there, begin + static_cast<std::int64_t>(there.size())};
      looked_at = there.size();
      if (looked_at >= static_cast<std::size_t>(source::kMaxLineBytes)) break;
    }
    SALESTREAM_ASSIGN(const std::int64_t next, after_line_feed(begin + static_cast<std::int64_t>(looked_at)));
    SALESTREAM_ASSIGN(const std::string_view kept, bytes_at(begin, kKeptBytesOfCutLine));
    return Line{kept.substr(0, kKeptBytesOfCutLine), next, true};
  }

 private:
  // What the buffer has from `at` on: at least `wanted` bytes, fewer only at the file's end.
  base::Result<std::string_view> bytes_at(std::int64_t at, std::size_t wanted) {
    if (at < begin_ || at > begin_ + static_cast<std::int64_t>(size_)) {
      begin_ = at;
      size_ = 0;
    }
    auto skipped = static_cast<std::size_t>(at - begin_);
    while (size_ - skipped < wanted) {
      if (skipped > 0) {
        std::memmove(buffer_.data(), buffer_.data() + skipped, size_ - skipped);
        size_ -= skipped;
        begin_ = at;
        skipped = 0;
      }
      if (buffer_.size() < size_ + kReadBytes)
        buffer_.resize(std::max(size_ + kReadBytes, std::min(buffer_.size() * 2, kUsualBytes)));
      const ssize_t count =
          ::pread(fd_, buffer_.data() + size_, buffer_.size() - size_, begin_ + static_cast<std::int64_t>(size_));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return error_of("reading", path_);
      if (count == 0) break;
      size_ += static_cast<std::size_t>(count);
    }
    return std::string_view(buffer_.data() + skipped, size_ - skipped);
  }

  const std::string path_;
  int fd_ = -1;
  std::vector<char> buffer_;
  std::int64_t begin_ = 0;  // of the buffer, in the file
  std::size_t size_ = 0;    // bytes in the buffer
};

class FileReader final : public Reader {
 public:
  explicit FileReader(source::FileOptions options) : options_(std::move(options)), path_(options_.path) {}

  base::Result<std::vector<PartitionRange>> ranges() override {
    Lines lines(path_);
    SALESTREAM_TRY(lines.open());
    SALESTREAM_ASSIGN(const std::int64_t size, lines.size());
    std::vector<PartitionRange> ranges;
    for (int p = 0; p < options_.partitions; ++p) ranges.push_back({p, 0, size});
    return ranges;
  }

  base::Result<core::Offset> read(core::PartitionId partition, core::Offset, core::Offset end,
                                  const OnMessage& on_message) override {
    Lines lines(path_);
    SALESTREAM_TRY(lines.open());
    SALESTREAM_ASSIGN(const std::int64_t size, lines.size());
    const std::int64_t stop = std::min(size, end);
    // Block by block; a line belongs to the block that it begins in.
    for (std::int64_t block = partition; block * source::kFileBlockBytes < stop; block += options_.partitions) {
      const std::int64_t block_begin = block * source::kFileBlockBytes;
      const std::int64_t block_end = std::min(block_begin + source::kFileBlockBytes, stop);
      std::int64_t at = 0;
      if (block > 0) {
        SALESTREAM_ASSIGN(at, lines.after_line_feed(block_begin - 1));
      } else {
        SALESTREAM_ASSIGN(at, lines.first_line());
      }
      while (at < block_end) {
        SALESTREAM_ASSIGN(const Line line, lines.line_at(at));
        SALESTREAM_TRY(on_message({at, -1, line.bytes, {}, {}, false, line.is_cut}));
        if (line.next == at) break;  // the file has become shorter meanwhile
        at = line.next;
      }
    }
    return stop;
  }

 private:
  const source::FileOptions options_;
  const std::string path_;
};

}  // namespace

std::unique_ptr<Reader> make_file_reader(const source::FileOptions& options) {
  return std::make_unique<FileReader>(options);
}

}  // namespace salestream::audit
