// SPDX-License-Identifier: Apache-2.0
#include "source/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "base/logging.h"
#include "core/shape_hint.h"
#include "source/beginning.h"
#include "source/fixed_assignment.h"
#include "source/line_reader.h"
#include "source/stream.h"

namespace salestream::source {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kNap{10};  // between two looks at a file that does not grow
constexpr std::int64_t kMostLookedThroughBytes = 256 << 20;

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
      is_looking_ = false;
      if (!is_paused_) SALESTREAM_TRY(read_some(batch));
      if (!batch.messages().empty()) return {};
      const milliseconds nap = is_looking_ ? milliseconds(0) : kNap;
      if (steady_clock::now() + nap >= deadline) return {};
      std::this_thread::sleep_for(nap);
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
    std::int64_t next = 0;         // a position in a block of this partition
    bool at_line_begin = false;    // otherwise the first line that begins there has to be looked for
    std::int64_t counted_to = 0;   // what the worker knows as next_offset
    std::int64_t searched_to = 0;  // where beyond `next`: no line feed stands before it
    // A line that was counted without its line feed, by this run or an earlier one: where it begins, and where it
    // ended. What has been written behind it since can only be white space and the line feed.
    std::int64_t open_line = -1;
    std::int64_t open_line_end = -1;
    std::int64_t left_at = -1;  // the file's size when its last line was found unfinished
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
        SALESTREAM_TRY(look_for_open_line(*point.progress, place));
      }
      places_.push_back(place);
    }
    return {};
  }

  base::Status look_for_open_line(const core::PartitionProgress& progress, Place& place) const {
    const std::int64_t end = progress.next_offset;
    SALESTREAM_ASSIGN(const std::int64_t size, size_of(fd_.get(), options_.path));
    if (end <= progress.last_offset || end > size || end - progress.last_offset >= kMaxLineBytes) return {};
    SALESTREAM_ASSIGN(const auto line_feed, find_line_feed(fd_.get(), options_.path, end - 1, end));
    if (line_feed) return {};
    place.open_line = progress.last_offset;
    place.open_line_end = end;
    return {};
  }

  // One piece of one partition, the one that is behind the others: they go through the file side by side.
  base::Status read_some(core::MessageBatch& batch) {
    SALESTREAM_ASSIGN(const std::int64_t size, size_of(fd_.get(), options_.path));
    if (!has_lines_) {
      SALESTREAM_ASSIGN(has_lines_, file_has_lines(fd_.get(), options_.path, !options_.follow));
    }
    std::sort(places_.begin(), places_.end(), [](const Place& a, const Place& b) { return a.next < b.next; });
    for (Place& place : places_) {
      if (place.searched_to > size) place.searched_to = 0;  // it has become shorter
      SALESTREAM_ASSIGN(const bool is_at_end, read_lines_of(place, size, batch));
      if (!batch.messages().empty()) return {};
      if (!is_at_end) {
        is_looking_ = true;
        continue;
      }
      // Nothing more now. A file that is shorter than what was counted of it is the worker's to judge.
      const bool is_shorter = size < place.counted_to;
      batch.add_reached_end({place.partition, is_shorter ? size : std::max(size, place.counted_to)});
    }
    return {};
  }

  // False: there is more to look through for the end of a line.
  base::Result<bool> read_lines_of(Place& place, std::int64_t size, core::MessageBatch& batch) {
    if (!has_lines_) return true;
    if (place.next == 0) {
      SALESTREAM_ASSIGN(place.next, first_line_of(fd_.get(), options_.path));
      place.at_line_begin = true;
    }
    while (place.next < size) {
      if (place.next == place.open_line_end) {
        SALESTREAM_ASSIGN(const bool is_behind, pass_open_line_end(place, size));
        if (!is_behind) return place.searched_to >= size;
        continue;
      }
      const std::int64_t block = place.next / kFileBlockBytes;
      const std::int64_t block_end = (block + 1) * kFileBlockBytes;
      if (!place.at_line_begin) {
        SALESTREAM_ASSIGN(const bool is_found, find_line_of(place, size));
        if (!is_found) return place.searched_to >= size;
      }
      // The last line of the block before may have reached over all of this one.
      if (place.next / kFileBlockBytes == block) {
        const std::int64_t before = place.next;
        SALESTREAM_TRY(read_from_block(place, block_end, size, batch));
        if (!batch.messages().empty())
          place.counted_to = std::max(place.counted_to, batch.messages().back().next_offset);
        if (place.next == before) return place.searched_to >= size;
        if (place.next < block_end || place.next == place.open_line_end) return true;
      }
      place.next = (block + options_.partitions) * kFileBlockBytes;
      place.at_line_begin = false;
      place.searched_to = 0;
      if (!batch.messages().empty()) return true;
    }
    return true;
  }

  // To the first line that begins at `next` or later. False: none was found yet.
  base::Result<bool> find_line_of(Place& place, std::int64_t size) const {
    const std::int64_t begin = std::max(place.next - 1, place.searched_to);
    const std::int64_t end = std::min(size, begin + kLookBytes);
    SALESTREAM_ASSIGN(const auto line_feed, find_line_feed(fd_.get(), options_.path, begin, end));
    if (!line_feed) {
      place.searched_to = end;
      return false;
    }
    place.next = *line_feed + 1;
    place.at_line_begin = true;
    place.searched_to = 0;
    return true;
  }

  base::Status read_from_block(Place& place, std::int64_t block_end, std::int64_t size, core::MessageBatch& batch) {
    if (place.next == place.open_line) {
      // As it was counted, so that the worker knows it again.
      SALESTREAM_TRY(read_part(fd_.get(), options_.path, place.partition, place.open_line, place.open_line_end, batch));
      place.next = place.open_line_end;
      return {};
    }
    if (place.left_at == size) return {};
    const bool is_before_open_line = place.next < place.open_line;
    const LineRange range{place.next, is_before_open_line ? std::min(block_end, place.open_line) : block_end, size,
                          !options_.follow, place.searched_to};
    SALESTREAM_ASSIGN(const LinesRead read, read_lines(fd_.get(), options_.path, place.partition, range, batch));
    if (read.next == size && !batch.messages().empty()) {
      SALESTREAM_ASSIGN(const auto line_feed, find_line_feed(fd_.get(), options_.path, size - 1, size));
      if (!line_feed) {
        place.open_line = batch.messages().back().offset;
        place.open_line_end = size;
      }
    }
    if (range.last_line_counts && read.next == place.next && place.next < size && read.searched_to >= size) {
      if (place.left_at < 0) SALESTREAM_TRY(warn_of_last_line(place, size));
      place.left_at = size;
    }
    place.next = read.next;
    place.searched_to = read.searched_to;
    return {};
  }

  base::Status warn_of_last_line(const Place& place, std::int64_t size) const {
    core::MessageBatch line;
    SALESTREAM_TRY(read_part(fd_.get(), options_.path, place.partition, place.next,
                             std::min(size, place.next + static_cast<std::int64_t>(core::kForeignBytes)), line));
    base::log_warning(
        fmt::format("{}: its last line, from byte {} on, has no line feed and is no whole order yet: "
                    "it is left for a later run{}",
                    options_.path, place.next, hint_behind(place.next, line.payload_of(line.messages().front()))));
    return {};
  }

  // False: the line feed is not there yet.
  base::Result<bool> pass_open_line_end(Place& place, std::int64_t size) const {
    const std::int64_t begin = std::max(place.next, place.searched_to);
    const std::int64_t look_end = std::min(size, begin + kLookBytes);
    SALESTREAM_ASSIGN(const auto line_feed, find_line_feed(fd_.get(), options_.path, begin, look_end));
    const std::int64_t end = line_feed.value_or(look_end);
    SALESTREAM_ASSIGN(const auto text, find_text(fd_.get(), options_.path, begin, end));
    if (text)
      return base::failure(fmt::format(
          "{}: the line at byte {} was the last one when it was counted, and had no line feed. Since then it has been "
          "written on, at byte {}, so that it is another line now. Nothing more was read: end each order with a line "
          "feed, and count the file again after salestream reset",
          options_.path, place.open_line, *text));
    place.searched_to = end;
    if (!line_feed) return false;
    const std::int64_t block = place.open_line / kFileBlockBytes;
    place.next = *line_feed + 1;
    if (place.next / kFileBlockBytes != block) {
      place.next = (block + options_.partitions) * kFileBlockBytes;
      place.at_line_begin = false;
    }
    place.searched_to = 0;
    place.open_line = place.open_line_end = -1;
    return true;
  }

  const FileOptions options_;
  FileDescriptor fd_;
  FixedAssignment assignment_;
  std::vector<Place> places_;
  bool has_lines_ = false;  // the file's beginning is no other format's
  bool is_paused_ = false;
  bool is_looking_ = false;  // through a part of the file that has no line feed
};

class FileSource final : public Source {
 public:
  explicit FileSource(FileOptions options) : options_(std::move(options)), identity_(file_identity(options_)) {}

  std::string identity() const override { return identity_; }
  std::string where() const override { return "file " + options_.path; }

  base::Result<std::vector<PartitionRange>> ranges() override {
    SALESTREAM_ASSIGN(const FileDescriptor fd, open_file(options_.path));
    SALESTREAM_ASSIGN(const std::int64_t size, size_of(fd.get(), options_.path));
    SALESTREAM_ASSIGN(const std::vector<std::int64_t> ends, ends_of(fd.get(), size));
    std::vector<PartitionRange> ranges;
    for (int p = 0; p < options_.partitions; ++p) {
      const std::int64_t start = p * kFileBlockBytes, end = ends[static_cast<std::size_t>(p)];
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
        // What is longer is cut, wherever it ends.
        const std::int64_t look_end = std::min(size, begin + kMaxLineBytes);
        SALESTREAM_ASSIGN(const auto line_feed, find_line_feed(fd.get(), options_.path, begin, look_end));
        SALESTREAM_TRY(read_part(fd.get(), options_.path, partition, begin, line_feed.value_or(look_end), line));
        const core::Message& message = line.messages().front();
        return std::optional(MessageAt{message.offset, message.timestamp_ms, core::checksum(line.payload_of(message))});
      }
      while (block % options_.partitions != partition) ++block;
      at = block * kFileBlockBytes;
    }
    return std::optional<MessageAt>();
  }

  int max_workers() const override { return options_.partitions; }

  base::Result<std::unique_ptr<Reader>> open(int worker, int workers, AssignmentListener& listener) override {
    SALESTREAM_ASSIGN(FileDescriptor fd, open_file(options_.path));
    return std::unique_ptr<Reader>(std::make_unique<FileReader>(
        options_, std::move(fd), FixedAssignment(worker, workers, options_.partitions, listener)));
  }

 private:
  // The ends of all partitions' last lines: of the last block of each that a line begins in. From the file's end
  // backwards, so that nothing is looked through twice, and not for longer than a moment: what lies before a line of
  // hundreds of megabytes ends at the file's end, as far as is known.
  base::Result<std::vector<std::int64_t>> ends_of(int fd, std::int64_t size) const {
    std::vector<std::int64_t> ends(static_cast<std::size_t>(options_.partitions), 0);
    std::size_t missing = ends.size();
    std::int64_t looked_through = 0;
    std::int64_t next_begin = size;  // of the first line behind the block
    for (std::int64_t block = (size - 1) / kFileBlockBytes; block >= 0 && missing > 0 && size > 0; --block) {
      const std::int64_t block_end = std::min((block + 1) * kFileBlockBytes, size);
      SALESTREAM_ASSIGN(const std::int64_t begin,
                        find_line_begin(fd, options_.path, block * kFileBlockBytes, block_end));
      if (begin >= block_end) {
        looked_through += block_end - block * kFileBlockBytes;
        if (looked_through < kMostLookedThroughBytes) continue;
        std::replace(ends.begin(), ends.end(), std::int64_t{0}, size);
        break;
      }
      std::int64_t& end = ends[static_cast<std::size_t>(block % options_.partitions)];
      if (end == 0) {
        end = next_begin;
        --missing;
      }
      next_begin = begin;
    }
    return ends;
  }

  const FileOptions options_;
  const std::string identity_;
};

}  // namespace

// One name for a file, whatever links and relative paths lead to it.
std::string file_identity(const FileOptions& options) {
  if (is_stream(options)) return stream_identity(options);
  std::error_code failed;
  std::filesystem::path name = std::filesystem::absolute(options.path, failed);
  if (!failed) name = std::filesystem::weakly_canonical(name, failed);
  return "file " + (failed ? options.path : name.string());
}

base::Result<std::unique_ptr<Source>> make_file_source(const FileOptions& options, const core::Definition&) {
  if (is_stream(options)) return make_stream_source(options);
  struct stat facts {};
  if (::stat(options.path.c_str(), &facts) != 0) return file_error("opening", options.path);
  if (S_ISDIR(facts.st_mode))
    return base::failure(
        fmt::format("{} is a directory; give a file of JSON lines, or - for standard input", options.path));
  return std::unique_ptr<Source>(std::make_unique<FileSource>(options));
}

}  // namespace salestream::source
