// SPDX-License-Identifier: Apache-2.0
#include "source/stream.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "base/logging.h"
#include "core/shape_hint.h"
#include "source/beginning.h"
#include "source/file.h"
#include "source/fixed_assignment.h"
#include "source/line_reader.h"

namespace salestream::source {
namespace {

using std::chrono::milliseconds;

class StreamReader final : public Reader {
 public:
  StreamReader(std::string path, FileDescriptor fd, FixedAssignment assignment)
      : path_(std::move(path)), fd_(std::move(fd)), assignment_(std::move(assignment)) {}

  base::Status poll(core::MessageBatch& batch, milliseconds wait) override {
    batch.clear();
    if (!assignment_.is_open()) SALESTREAM_TRY(open());
    if (is_paused_) return {};
    if (!has_ended_) SALESTREAM_TRY(receive(wait));
    SALESTREAM_TRY(hand_out(batch));
    if (has_ended_ && batch.messages().empty()) {
      is_finished_ = true;
      batch.add_reached_end({0, position_});
    }
    return {};
  }

  void set_paused(bool paused) override { is_paused_ = paused; }
  bool is_finished() const override { return is_finished_; }
  void commit(const std::vector<core::PartitionProgress>&) override {}
  base::Status close() override { return assignment_.close(); }

 private:
  base::Status open() {
    SALESTREAM_ASSIGN(const std::vector<ResumePoint> points, assignment_.open());
    for (const ResumePoint& point : points) {
      if (!point.progress) continue;
      skip_to_ = point.first_to_read();
      last_offset_ = point.progress->last_offset;
      counted_to_ = point.progress->next_offset;
    }
    return {};
  }

  // Appends what is there to pending_, after waiting for it.
  base::Status receive(milliseconds wait) {
    pollfd ready{fd_.get(), POLLIN, 0};
    const int count = ::poll(&ready, 1, static_cast<int>(wait.count()));
    if (count <= 0) return {};
    const std::size_t before = pending_.size();
    pending_.resize(before + static_cast<std::size_t>(kReadBytes));
    const ssize_t bytes = ::read(fd_.get(), pending_.data() + before, static_cast<std::size_t>(kReadBytes));
    pending_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(0, bytes)));
    if (bytes < 0 && errno != EINTR && errno != EAGAIN) return file_error("reading", path_);
    has_ended_ = bytes == 0;
    return {};
  }

  // Whole lines from pending_; at the stream's end also the last one without a line feed, if it is a whole order.
  base::Status hand_out(core::MessageBatch& batch) {
    if (!has_lines_) SALESTREAM_TRY(look_at_beginning());
    if (!has_lines_) return {};
    std::size_t at = 0;
    while (at < pending_.size()) {
      const std::size_t begin = std::max(at, searched_to_);
      const void* const end = std::memchr(pending_.data() + begin, '\n', pending_.size() - begin);
      std::size_t size = pending_.size() - at, with_end = size;
      if (end != nullptr) {
        size = static_cast<std::size_t>(static_cast<const char*>(end) - pending_.data()) - at;
        with_end = size + 1;
      } else if (!has_ended_ && !in_cut_line_ && size <= static_cast<std::size_t>(kMaxLineBytes)) {
        break;
      } else if (has_ended_ && !in_cut_line_ && position_ != last_offset_ &&
                 !is_whole_object(std::string_view(pending_).substr(at))) {
        if (position_ >= skip_to_)
          base::log_warning(
              fmt::format("{}: its last line, from byte {} on, has no line feed and is no whole order: it is "
                          "left for a later run{}",
                          shown_path(path_), position_, hint_behind(position_, std::string_view(pending_).substr(at))));
        pending_.resize(at);
        break;
      }
      // Of a line that is too long the beginning is kept, and the rest belongs to it wherever it ends.
      core::Message line;
      line.offset = position_;
      line.next_offset = position_ + static_cast<std::int64_t>(with_end);
      line.is_cut = end == nullptr && !has_ended_;
      SALESTREAM_TRY(look_for_what_was_counted());
      if (position_ >= skip_to_ && !in_cut_line_) {
        std::string_view text = std::string_view(pending_).substr(at, line.is_cut ? kCutLineBytes : size);
        SALESTREAM_TRY(cut_to_what_was_counted(line, text));
        batch.append(line, text, {});
      }
      in_cut_line_ = line.is_cut || (in_cut_line_ && end == nullptr);
      position_ = line.next_offset;
      at += with_end;
    }
    pending_.erase(0, at);
    searched_to_ = pending_.size();
    if (pending_.capacity() > core::MessageBatch::kUsualBytes && pending_.size() <= kReadBytes)
      pending_.shrink_to_fit();
    return {};
  }

  base::Status look_at_beginning() {
    SALESTREAM_ASSIGN(has_lines_,
                      are_lines(path_, std::string_view(pending_).substr(0, core::kForeignBytes), has_ended_));
    if (!has_lines_) return {};
    const std::size_t mark = core::mark_bytes(pending_);
    pending_.erase(0, mark);
    position_ = static_cast<std::int64_t>(mark);
    return {};
  }

  // The line that was counted last comes once more, and the worker compares it. Where none begins at its offset there
  // is nothing to compare, and all that follows would be of another stream.
  base::Status look_for_what_was_counted() {
    has_met_last_ = has_met_last_ || (position_ == last_offset_ && !in_cut_line_);
    if (last_offset_ < 0 || position_ <= last_offset_ || has_met_last_) return {};
    return base::failure(fmt::format(
        "{} is not the source that the store has counted: no line begins at byte {}, where the last one that is in the "
        "store began. Nothing of it was counted: a stream has to come again from its beginning, with more behind it. "
        "Another stream is counted into a store of its own (--store), or after `salestream reset`, which deletes the "
        "totals of the former",
        shown_path(path_), last_offset_));
  }

  // The last line of the stream when it was read before, if that had no line feed then: as it was counted, so that the
  // worker knows it again. What comes behind it now can only be white space.
  base::Status cut_to_what_was_counted(const core::Message& line, std::string_view& text) const {
    const auto counted = static_cast<std::size_t>(std::max<std::int64_t>(0, counted_to_ - last_offset_));
    if (line.offset != last_offset_ || line.is_cut || counted >= text.size()) return {};
    if (text.find_first_not_of(" \t\r", counted) != std::string_view::npos)
      return base::failure(fmt::format(
          "{}: the line at byte {} was the last one when it was counted, and had no line feed. Now it goes on, so that "
          "it is another line. Nothing more was read: end each order with a line feed, and count the stream again "
          "after salestream reset",
          shown_path(path_), line.offset));
    text = text.substr(0, counted);
    return {};
  }

  static constexpr std::size_t kCutLineBytes = 1 << 20;

  const std::string path_;
  FileDescriptor fd_;
  FixedAssignment assignment_;
  std::string pending_;
  std::int64_t position_ = 0;                        // in the stream, of pending_'s beginning
  std::size_t searched_to_ = 0;                      // no line feed stands before it in pending_
  std::int64_t skip_to_ = 0;                         // earlier lines are in the store
  std::int64_t last_offset_ = -1, counted_to_ = -1;  // of the last line that is in the store; behind it
  bool has_lines_ = false;                           // the stream's beginning is no other format's
  bool has_met_last_ = false;
  bool in_cut_line_ = false;
  bool has_ended_ = false;
  bool is_finished_ = false;
  bool is_paused_ = false;
};

class StreamSource final : public Source {
 public:
  explicit StreamSource(FileOptions options) : options_(std::move(options)) {}

  std::string identity() const override { return stream_identity(options_); }
  std::string where() const override { return identity(); }

  base::Result<std::vector<PartitionRange>> ranges() override {
    // Nobody knows a stream's end before it is there.
    return std::vector<PartitionRange>{{0, 0, std::numeric_limits<std::int64_t>::max()}};
  }
  base::Result<std::optional<MessageAt>> message_at(core::PartitionId, core::Offset) override {
    return std::optional<MessageAt>();
  }
  int max_workers() const override { return 1; }

  base::Result<std::unique_ptr<Reader>> open(int worker, int workers, AssignmentListener& listener) override {
    FileDescriptor fd(STDIN_FILENO, false);
    if (options_.path != "-") {
      // A pipe that nobody writes to yet would not open otherwise, and hear no signal.
      fd = FileDescriptor(::open(options_.path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
      if (fd.get() < 0) return file_error("opening", options_.path);
    }
    return std::unique_ptr<Reader>(
        std::make_unique<StreamReader>(options_.path, std::move(fd), FixedAssignment(worker, workers, 1, listener)));
  }

 private:
  const FileOptions options_;
};

}  // namespace

std::string stream_identity(const FileOptions& options) {
  return options.path == "-" ? shown_path(options.path) : "stream " + options.path;
}

base::Result<std::unique_ptr<Source>> make_stream_source(const FileOptions& options) {
  return std::unique_ptr<Source>(std::make_unique<StreamSource>(options));
}

}  // namespace salestream::source
