// SPDX-License-Identifier: Apache-2.0
#include "source/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "base/logging.h"
#include "source/fixed_assignment.h"
#include "source/line_reader.h"
#include "source/stream.h"

namespace salestream::source {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kNap{10};  // between two looks at a file that does not grow

base::Result<FileDescriptor> open_file(const std::string& path) {
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return file_error("opening", path);
  return fd;
}

base::Result<std::int64_t> size_of(int fd, const std::string& path) {
  struct stat facts {};
  if (::fstat(fd, &facts) != 0) return file_error("looking at", path);
  return static_cast<std::int64_t>(facts.st_size);
}

// The blocks of a file that belong to a partition: every options_.partitions-th one.
class FileReader final : public Reader {
 public:
  FileReader(FileOptions options, FileDescriptor fd, FixedAssignment assignment)
      : options_(std::move(options)), fd_(std::move(fd)), assignment_(std::move(assignment)) {}

  base::Status poll(core::MessageBatch& batch, milliseconds wait) override {
    batch.clear();
    if (!assignment_.is_open()) SALESTREAM_TRY(open());
    const auto deadline = steady_clock::now() + wait;
    for (;;) {
      if (!is_paused_) SALESTREAM_TRY(read_some(batch));
      if (!batch.empty() && !batch.messages().empty()) return {};
      if (steady_clock::now() + kNap >= deadline) return {};
      std::this_thread::sleep_for(kNap);
      batch.clear();
    }
  }

  void set_paused(bool paused) override { is_paused_ = paused; }
  bool is_finished() const override { return false; }
  void commit(const std::vector<core::PartitionProgress>&) override {}
  base::Status close() override { return assignment_.close(); }

 private:
  struct Place {
    core::PartitionId partition = 0;
    std::int64_t next = 0;        // a position in a block of this partition
    bool at_line_begin = false;   // otherwise the first line that begins there has to be looked for
    std::int64_t counted_to = 0;  // what the worker knows as next_offset
  };

  base::Status open() {
    SALESTREAM_ASSIGN(const std::vector<ResumePoint> points, assignment_.open());
    for (const ResumePoint& point : points) {
      Place place;
      place.partition = point.partition;
      place.next = point.partition * kFileBlockBytes;
      if (point.progress) {
        // The last line once more, so that another file under the same name is noticed.
        place.next = point.first_to_read();
        place.at_line_begin = true;
        place.counted_to = point.progress->next_offset;
      }
      places_.push_back(place);
    }
    return {};
  }

  // One piece of one partition, the one that is behind the others: they go through the file side by side.
  base::Status read_some(core::MessageBatch& batch) {
    SALESTREAM_ASSIGN(const std::int64_t size, size_of(fd_.get(), options_.path));
    std::sort(places_.begin(), places_.end(), [](const Place& a, const Place& b) { return a.next < b.next; });
    for (Place& place : places_) {
      SALESTREAM_TRY(read_lines_of(place, size, batch));
      if (!batch.messages().empty()) return {};
      // Nothing more now. A file that is shorter than what was counted of it is the worker's to judge.
      const bool is_shorter = size < place.counted_to;
      batch.add_reached_end({place.partition, is_shorter ? size : std::max(size, place.counted_to)});
    }
    return {};
  }

  base::Status read_lines_of(Place& place, std::int64_t size, core::MessageBatch& batch) {
    while (place.next < size) {
      const std::int64_t block = place.next / kFileBlockBytes;
      const std::int64_t block_end = (block + 1) * kFileBlockBytes;
      if (!place.at_line_begin) {
        SALESTREAM_ASSIGN(const std::int64_t begin, find_line_begin(fd_.get(), options_.path, place.next, size));
        if (begin >= size) return {};
        place.next = begin;
        place.at_line_begin = true;
      }
      // The last line of the block before may have reached over all of this one.
      if (place.next / kFileBlockBytes == block) {
        const LineRange range{place.next, block_end, size, !options_.follow};
        SALESTREAM_ASSIGN(const std::int64_t next, read_lines(fd_.get(), options_.path, place.partition, range, batch));
        if (!batch.messages().empty())
          place.counted_to = std::max(place.counted_to, batch.messages().back().next_offset);
        const bool is_stuck = next == place.next;
        place.next = next;
        if (next < block_end && (is_stuck || !batch.messages().empty())) return {};
      }
      place.next = (block + options_.partitions) * kFileBlockBytes;
      place.at_line_begin = false;
      if (!batch.messages().empty()) return {};
    }
    return {};
  }

  const FileOptions options_;
  FileDescriptor fd_;
  FixedAssignment assignment_;
  std::vector<Place> places_;
  bool is_paused_ = false;
};

class FileSource final : public Source {
 public:
  explicit FileSource(FileOptions options) : options_(std::move(options)), identity_(file_identity(options_)) {}

  std::string identity() const override { return identity_; }
  std::string where() const override { return "file " + options_.path; }

  base::Result<std::vector<PartitionRange>> ranges() override {
    SALESTREAM_ASSIGN(const FileDescriptor fd, open_file(options_.path));
    SALESTREAM_ASSIGN(const std::int64_t size, size_of(fd.get(), options_.path));
    std::vector<PartitionRange> ranges;
    for (int p = 0; p < options_.partitions; ++p) {
      SALESTREAM_ASSIGN(const std::int64_t end, end_of(p, fd.get(), size));
      const std::int64_t start = p * kFileBlockBytes;
      ranges.push_back({p, std::min(start, end), end});
    }
    return ranges;
  }

  base::Result<std::optional<MessageAt>> message_at(core::PartitionId partition, core::Offset offset) override {
    SALESTREAM_ASSIGN(const FileDescriptor fd, open_file(options_.path));
    SALESTREAM_ASSIGN(const std::int64_t size, size_of(fd.get(), options_.path));
    for (std::int64_t at = offset; at < size;) {
      SALESTREAM_ASSIGN(const std::int64_t begin, find_line_begin(fd.get(), options_.path, at, size));
      if (begin >= size) break;
      std::int64_t block = begin / kFileBlockBytes;
      if (block % options_.partitions == partition) {
        core::MessageBatch line;
        SALESTREAM_TRY(read_lines(fd.get(), options_.path, partition, {begin, begin + 1, size, true}, line));
        if (line.messages().empty()) break;
        const core::Message& message = line.messages().front();
        return std::optional(MessageAt{message.offset, message.timestamp_ms, core::checksum(line.payload_of(message))});
      }
      while (block % options_.partitions != partition) ++block;
      at = block * kFileBlockBytes;
    }
    return std::optional<MessageAt>();
  }

  int max_workers() const override { return options_.partitions; }

  base::Result<std::unique_ptr<Reader>> open(int worker, int workers, Assignments& assignments) override {
    SALESTREAM_ASSIGN(FileDescriptor fd, open_file(options_.path));
    return std::unique_ptr<Reader>(std::make_unique<FileReader>(
        options_, std::move(fd), FixedAssignment(worker, workers, options_.partitions, assignments)));
  }

 private:
  // The end of a partition's last line: of its last block that a line begins in.
  base::Result<std::int64_t> end_of(core::PartitionId partition, int fd, std::int64_t size) const {
    std::int64_t block = (size - 1) / kFileBlockBytes;
    while (block >= 0 && block % options_.partitions != partition) --block;
    for (; block >= 0; block -= options_.partitions) {
      const std::int64_t block_end = (block + 1) * kFileBlockBytes;
      SALESTREAM_ASSIGN(const std::int64_t begin, find_line_begin(fd, options_.path, block * kFileBlockBytes, size));
      if (begin < std::min(block_end, size)) return find_line_begin(fd, options_.path, block_end, size);
    }
    return std::int64_t{0};
  }

  const FileOptions options_;
  const std::string identity_;
};

}  // namespace

// One name for a file, whatever links and relative paths lead to it.
std::string file_identity(const FileOptions& options) {
  if (options.path == "-") return stream_identity(options);
  struct stat facts {};
  const bool is_there = ::stat(options.path.c_str(), &facts) == 0;
  if (is_there && !S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode)) return stream_identity(options);
  std::error_code failed;
  std::filesystem::path name = std::filesystem::absolute(options.path, failed);
  if (!failed) name = std::filesystem::weakly_canonical(name, failed);
  return "file " + (failed ? options.path : name.string());
}

base::Result<std::unique_ptr<Source>> make_file_source(const FileOptions& options, const core::Definition&) {
  if (options.path == "-") return make_stream_source(options);
  struct stat facts {};
  if (::stat(options.path.c_str(), &facts) != 0) return file_error("opening", options.path);
  if (S_ISDIR(facts.st_mode))
    return base::failure(
        fmt::format("{} is a directory; give a file of JSON lines, or - for standard input", options.path));
  if (!S_ISREG(facts.st_mode)) return make_stream_source(options);
  return std::unique_ptr<Source>(std::make_unique<FileSource>(options));
}

}  // namespace salestream::source
