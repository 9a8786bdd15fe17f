// SPDX-License-Identifier: Apache-2.0
#include "engine/flush_thread.h"

#include <algorithm>

#include "base/check.h"
#include "base/logging.h"

namespace salestream::engine {

namespace {

constexpr const char* kNotLost = "; what was read and is not in the store yet is not lost: the next run reads it again";
constexpr std::chrono::milliseconds kTopicLook{100};  // at whether to give up, while a topic takes its time

}  // namespace

FlushThread::FlushThread(std::unique_ptr<store::Session> session, base::RateLimitedWarnings& warnings,
                         std::unique_ptr<RejectTopic> reject_topic, std::shared_ptr<Heartbeat> heartbeat)
    : session_(std::move(session)),
      warnings_(warnings),
      reject_topic_(std::move(reject_topic)),
      heartbeat_(std::move(heartbeat)),
      thread_([this] { work(); }) {}

FlushThread::~FlushThread() {
  {
    const std::lock_guard lock(mutex_);
    must_end_ = true;
    has_given_up_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void FlushThread::start(FlushSnapshot snapshot) {
  SALESTREAM_CHECK(!is_busy_);
  is_busy_ = true;
  {
    const std::lock_guard lock(mutex_);
    to_do_ = std::move(snapshot);
  }
  changed_.notify_all();
}

std::optional<Flusher::Finished> FlushThread::finished(std::chrono::milliseconds wait) {
  if (!is_busy_) return std::nullopt;
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, wait, [&] { return done_.has_value(); });
  if (!done_) return std::nullopt;
  is_busy_ = false;
  return std::exchange(done_, std::nullopt);
}

void FlushThread::give_up_retrying() {
  {
    const std::lock_guard lock(mutex_);
    has_given_up_ = true;
  }
  changed_.notify_all();
}

void FlushThread::pause() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kFirstPause, [&] { return has_given_up_; });
}

void FlushThread::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return must_end_ || to_do_.has_value(); });
    if (!to_do_) return;
    FlushSnapshot snapshot = *std::exchange(to_do_, std::nullopt);
    lock.unlock();
    const auto began = std::chrono::steady_clock::now();
    heartbeat_->begin(StoreWork::kFlush);
    base::Status status = flush_with_retries(snapshot);
    heartbeat_->end(StoreWork::kFlush);
    const auto ended = std::chrono::system_clock::now().time_since_epoch();
    lock.lock();
    done_ = Finished{std::move(snapshot), std::move(status), std::chrono::steady_clock::now() - began,
                     std::chrono::duration_cast<std::chrono::milliseconds>(ended).count()};
    changed_.notify_all();
  }
}

// Before anything of the flush is in the store: what is counted there is in the topic already. Once, however often the
// store has to be asked after that.
base::Status FlushThread::send_rejects(const FlushSnapshot& snapshot) {
  SALESTREAM_TRY(reject_topic_->put(snapshot.rejects));
  std::optional<std::chrono::steady_clock::time_point> give_up;
  for (;;) {
    SALESTREAM_ASSIGN(const bool has_all, reject_topic_->has_all(kTopicLook));
    if (has_all) return {};
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (has_given_up_ && !give_up) give_up = now + kTopicPatience;
    if (give_up && now >= *give_up)
      return base::retriable(reject_topic_->where() + " does not take " + std::to_string(snapshot.rejects.size()) +
                             " rejects" + kNotLost);
  }
}

base::Status FlushThread::flush_with_retries(FlushSnapshot& snapshot) {
  if (reject_topic_ != nullptr && !snapshot.rejects.empty()) SALESTREAM_TRY(send_rejects(snapshot));
  for (auto pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    base::Status status = flush(*session_, snapshot);
    if (status.ok() || status.error().kind != base::ErrorKind::kRetriable) return status;
    std::unique_lock lock(mutex_);
    if (has_given_up_) return base::retriable(status.error().message + kNotLost);
    heartbeat_->count_retry(StoreWork::kFlush);
    warnings_.write(base::LogLevel::kWarning, "the store does not take what was read: " + status.error().message +
                                                  "; kept, and tried again until it works");
    changed_.wait_for(lock, pause, [&] { return has_given_up_; });
  }
}

}  // namespace salestream::engine
