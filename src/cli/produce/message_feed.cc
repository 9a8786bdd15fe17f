// SPDX-License-Identifier: Apache-2.0
#include "cli/produce/message_feed.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <random>
#include <vector>

#include "base/read_file.h"
#include "base/whole_file.h"
#include "cli/terminal/text.h"
#include "generate/message_generator.h"
#include "generate/order_key.h"
#include "generate/truth.h"

namespace salestream::cli {
namespace {

constexpr std::size_t kMaxLineBytes = 256 << 20;
constexpr std::size_t kReadBytes = 1 << 20;
constexpr int kReadTimeoutMs = 100;

std::string reason() { return strerror(errno); }

class FileHandle {
 public:
  explicit FileHandle(int fd) : fd_(fd) {}
  ~FileHandle() {
    if (fd_ > STDERR_FILENO) close(fd_);
  }
  FileHandle(const FileHandle&) = delete;
  FileHandle& operator=(const FileHandle&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

// Opened at the start, when it is not too late to hear that it can't be written.
base::Result<base::WholeFile> open_truth_file(const std::string& path, bool add, generate::Truth& truth) {
  if (add) {
    const auto earlier = base::read_file(path);
    if (!earlier.ok())
      return base::failure(fmt::format("--truth-add: {} can't be read: {}", path, earlier.error().message));
    if (*earlier)
      if (const auto added = truth.add_json(**earlier); !added.ok())
        return base::usage_error(fmt::format("--truth-add: {} can't be added to: {}", path, added.error().message));
  }
  return base::WholeFile::open(path, "--truth");
}

class GeneratedFeed : public MessageFeed {
 public:
  GeneratedFeed(generate::MessageGenerator generator, std::uint64_t seed)
      : generator_(std::move(generator)), seed_(seed), buffer_(generator_.max_message_bytes()) {}

  base::Status keep_truth(const ProduceArguments& arguments, const core::Definition& definition) {
    truth_.emplace(definition, generator_.catalogue());
    SALESTREAM_ASSIGN(base::WholeFile file, open_truth_file(arguments.truth, arguments.truth_add, *truth_));
    truth_file_.emplace(std::move(file));
    return {};
  }

  base::Result<FeedState> next() override {
    // One partition of the generator's, whatever partition of the topic each message ends up in.
    message_ = generator_.write(0, offset_++, buffer_.data());
    return FeedState::kMessage;
  }
  std::string_view text() const override { return {buffer_.data(), message_.size}; }
  std::optional<std::string_view> key() override { return generator_.order().id_text(); }

  void sent() override {
    duplicates_ += message_.duplicate;
    malformed_ += message_.malformed;
    wrong_totals_ += message_.wrong_total && !message_.malformed;
    late_ += message_.late;
    if (truth_) truth_->add(generator_, message_);
  }

  base::Status finish() override {
    if (!truth_file_) return {};
    SALESTREAM_TRY(truth_file_->write(truth_->to_json()));
    const base::Status finished = truth_file_->finish();
    truth_file_.reset();
    return finished;
  }

  std::string before() const override { return fmt::format("seed {}", seed_); }
  std::string after() const override {
    if (duplicates_ + malformed_ + wrong_totals_ + late_ == 0) return {};
    return fmt::format("{} duplicate, {} malformed, {} with a wrong total, {} late", grouped(duplicates_),
                       grouped(malformed_), grouped(wrong_totals_), grouped(late_));
  }

 private:
  generate::MessageGenerator generator_;
  const std::uint64_t seed_;
  std::vector<char> buffer_;
  generate::GeneratedMessage message_;
  core::Offset offset_ = 0;
  std::int64_t duplicates_ = 0, malformed_ = 0, wrong_totals_ = 0, late_ = 0;
  std::optional<generate::Truth> truth_;
  std::optional<base::WholeFile> truth_file_;
};

// Every line as it is, whatever stands in it.
class LineFeed : public MessageFeed {
 public:
  LineFeed(int fd, std::string path, std::optional<core::FieldPath> id)
      : file_(fd), path_(std::move(path)), keys_(std::move(id)) {
    struct stat info {};
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) size_bytes_ = info.st_size;
  }

  base::Result<FeedState> next() override {
    begin_ = end_;
    std::size_t looked_at = begin_;
    for (;;) {
      if (const void* found = memchr(buffer_.data() + looked_at, '\n', filled_ - looked_at)) {
        line_end_ = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
        end_ = line_end_ + 1;
        return FeedState::kMessage;
      }
      if (at_end_) {
        line_end_ = end_ = filled_;
        return begin_ == filled_ ? FeedState::kEnd : FeedState::kMessage;
      }
      SALESTREAM_ASSIGN(const bool more, read_more());
      if (!more) return FeedState::kNothingYet;
      looked_at = begin_;
    }
  }
  std::string_view text() const override { return {buffer_.data() + begin_, line_end_ - begin_}; }
  std::optional<std::string_view> key() override { return keys_.read(text()); }
  double fraction() const override {
    return size_bytes_ > 0 ? static_cast<double>(read_bytes_ - static_cast<std::int64_t>(filled_ - end_)) /
                                 static_cast<double>(size_bytes_)
                           : -1;
  }

 private:
  // False: nothing came. The line that has begun moves to the buffer's start.
  base::Result<bool> read_more() {
    pollfd ready{file_.get(), POLLIN, 0};
    if (poll(&ready, 1, kReadTimeoutMs) <= 0) return false;
    memmove(buffer_.data(), buffer_.data() + begin_, filled_ - begin_);
    filled_ -= begin_;
    begin_ = end_ = 0;
    if (filled_ >= kMaxLineBytes)
      return base::failure(fmt::format("--from {}: a line of more than {} MiB", path_, kMaxLineBytes >> 20));
    // Twice the room for a line that does not fit, so that a long one is not moved again and again.
    if (buffer_.size() < filled_ + kReadBytes) buffer_.resize(2 * filled_ + kReadBytes);
    const ssize_t count = read(file_.get(), buffer_.data() + filled_, buffer_.size() - filled_);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return false;
    if (count < 0) return base::failure(fmt::format("--from {}: can't be read: {}", path_, reason()));
    at_end_ = count == 0;
    filled_ += static_cast<std::size_t>(count);
    read_bytes_ += count;
    return true;
  }

  const FileHandle file_;
  const std::string path_;
  generate::OrderKeyReader keys_;
  std::int64_t size_bytes_ = 0;
  std::int64_t read_bytes_ = 0;
  std::vector<char> buffer_ = std::vector<char>(1);
  std::size_t begin_ = 0, line_end_ = 0, end_ = 0;  // of the line; `end_` is where the next one begins
  std::size_t filled_ = 0;
  bool at_end_ = false;
};

}  // namespace

base::Result<std::unique_ptr<MessageFeed>> make_generated_feed(const ProduceArguments& arguments,
                                                               const core::Definition& definition) {
  SALESTREAM_ASSIGN(const generate::Faults faults, generate::parse_faults(arguments.faults));
  SALESTREAM_ASSIGN(generate::GeneratorProfile profile,
                    generate::choose_profile(arguments.catalogue, definition.keep_products, arguments.products));
  if (!arguments.start_date.empty()) profile.base_date = arguments.start_date;
  SALESTREAM_TRY(generate::check(profile));
  // Another seed each time, or a second run would send the orders of the first one again; a short one, to be typed.
  const std::uint64_t seed = arguments.seed.value_or(std::random_device()() % 1'000'000);
  SALESTREAM_ASSIGN(generate::MessageGenerator generator,
                    generate::MessageGenerator::create(definition, profile, faults, seed));
  auto feed = std::make_unique<GeneratedFeed>(std::move(generator), seed);
  if (!arguments.truth.empty()) SALESTREAM_TRY(feed->keep_truth(arguments, definition));
  return std::unique_ptr<MessageFeed>(std::move(feed));
}

base::Result<std::unique_ptr<MessageFeed>> make_line_feed(const ProduceArguments& arguments,
                                                          const core::Definition& definition) {
  const int fd = arguments.from == "-" ? STDIN_FILENO : open(arguments.from.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return base::failure(fmt::format("--from {}: can't be read: {}", arguments.from, reason()));
  return std::unique_ptr<MessageFeed>(std::make_unique<LineFeed>(
      fd, arguments.from, definition.order.id ? std::optional(definition.order.id->path()) : std::nullopt));
}

}  // namespace salestream::cli
