// SPDX-License-Identifier: Apache-2.0
#include "cli/produce/message_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include "cli/terminal/screen_block.h"
#include "kafka/admin.h"
#include "kafka/producer.h"

namespace salestream::cli {
namespace {

constexpr std::size_t kLinesInMemoryBytes = 1 << 18;

class TopicSink : public MessageSink {
 public:
  TopicSink(std::unique_ptr<kafka::Producer> producer, std::string where)
      : producer_(std::move(producer)), where_(std::move(where)) {}

  base::Result<PutState> put(std::optional<std::string_view> key, std::string_view message,
                             std::chrono::milliseconds wait) override {
    SALESTREAM_ASSIGN(const bool done, producer_->send(key, message, wait));
    return done ? PutState::kDone : PutState::kNotYet;
  }
  base::Status idle() override { return producer_->poll(std::chrono::milliseconds(0)); }
  base::Result<bool> finish(std::chrono::milliseconds wait) override { return producer_->flush(wait); }
  std::int64_t waiting() const override { return producer_->waiting(); }
  std::string where() const override { return where_; }

 private:
  std::unique_ptr<kafka::Producer> producer_;
  const std::string where_;
};

class LineSink : public MessageSink {
 public:
  LineSink(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~LineSink() override {
    if (fd_ > STDERR_FILENO) close(fd_);
  }
  LineSink(const LineSink&) = delete;
  LineSink& operator=(const LineSink&) = delete;

  base::Result<PutState> put(std::optional<std::string_view>, std::string_view message,
                             std::chrono::milliseconds) override {
    lines_.append(message);
    lines_ += '\n';
    if (lines_.size() >= kLinesInMemoryBytes) SALESTREAM_TRY(write());
    return has_reader_ ? PutState::kDone : PutState::kNoReader;
  }
  base::Status idle() override { return write(); }
  base::Result<bool> finish(std::chrono::milliseconds) override {
    SALESTREAM_TRY(write());
    // What a full disk or a file server refuses may be told only now.
    if (fd_ > STDERR_FILENO && close(std::exchange(fd_, -1)) != 0) return cannot_write();
    return true;
  }
  std::int64_t waiting() const override { return 0; }
  std::string where() const override { return path_ == "-" ? "standard output" : path_; }

 private:
  base::Status write() {
    if (!lines_.empty() && has_reader_ && !write_all(fd_, lines_)) {
      if (errno != EPIPE) return cannot_write();
      has_reader_ = false;
    }
    lines_.clear();
    return {};
  }
  base::Error cannot_write() const {
    return base::failure(fmt::format("{} can't be written: {}", where(), strerror(errno)));
  }

  int fd_;
  const std::string path_;
  std::string lines_;
  bool has_reader_ = true;
};

}  // namespace

base::Result<std::unique_ptr<MessageSink>> make_topic_sink(const source::KafkaOptions& options,
                                                           const std::string& pipeline_file) {
  SALESTREAM_ASSIGN(const auto admin, kafka::TopicAdmin::connect(options.properties, options.topic));
  SALESTREAM_ASSIGN(const std::optional<int> partitions, admin->partition_count());
  const auto servers = options.properties.find("bootstrap.servers");
  const std::string where =
      fmt::format("topic {} at {}", options.topic, servers == options.properties.end() ? "Kafka" : servers->second);
  if (!partitions)
    return base::failure(fmt::format("there is no {}; make it with: salestream init {}", where, pipeline_file));
  SALESTREAM_ASSIGN(auto producer, kafka::Producer::make(options.properties, options.topic));
  return std::unique_ptr<MessageSink>(std::make_unique<TopicSink>(std::move(producer), where));
}

base::Result<std::unique_ptr<MessageSink>> make_line_sink(const std::string& path) {
  const int fd = path == "-" ? STDOUT_FILENO : open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return base::failure(fmt::format("--out: {} can't be written: {}", path, strerror(errno)));
  return std::unique_ptr<MessageSink>(std::make_unique<LineSink>(fd, path));
}

}  // namespace salestream::cli
