// SPDX-License-Identifier: Apache-2.0
#include "engine/flush_thread.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/logging.h"
#include "base/retry.h"

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
      heartbeat_(std::move(heartbeat)) {}

void FlushThread::start(FlushSnapshot snapshot) {
  SALESTREAM_CHECK(!is_busy());
  under_way_ = {};
  under_way_.snapshot = std::move(snapshot);
  thread_.start([this] { work(); });
}

std::optional<Flusher::Finished> FlushThread::finished(std::chrono::milliseconds wait) {
  if (!thread_.finish_within(wait)) return std::nullopt;
  return std::move(under_way_);
}

void FlushThread::give_up_retrying() { thread_.interrupt(); }

void FlushThread::pause() { thread_.pause(kFirstPause); }

void FlushThread::work() {
  const auto began = std::chrono::steady_clock::now();
  heartbeat_->begin(StoreWork::kFlush);
  under_way_.status = flush_with_retries(under_way_.snapshot);
  heartbeat_->end(StoreWork::kFlush);
  under_way_.took = std::chrono::steady_clock::now() - began;
  under_way_.ended_ms = base::wall_clock_ms();
}

// Before anything of the flush is in the store: what is counted there is in the topic already. Once, however often the
// store has to be asked after that.
base::Status FlushThread::send_rejects(const FlushSnapshot& snapshot) {
  SALESTREAM_TRY(reject_topic_->put(snapshot.rejects));
  std::optional<std::chrono::steady_clock::time_point> give_up;
  for (;;) {
    SALESTREAM_ASSIGN(const bool has_all, reject_topic_->has_all(kTopicLook));
    if (has_all) return {};
    const auto now = std::chrono::steady_clock::now();
    if (thread_.is_interrupted() && !give_up) give_up = now + kTopicTimeout;
    if (give_up && now >= *give_up)
      return base::retriable(reject_topic_->where() + " does not take " + std::to_string(snapshot.rejects.size()) +
                             " rejects" + kNotLost);
  }
}

base::Status FlushThread::flush_with_retries(FlushSnapshot& snapshot) {
  if (reject_topic_ != nullptr && !snapshot.rejects.empty()) SALESTREAM_TRY(send_rejects(snapshot));
  const base::RetryHooks hooks{
      .gives_up = [this] { return thread_.is_interrupted().load(); },
      .before_pause =
          [this](const base::Error& error) {
            heartbeat_->count_retry(StoreWork::kFlush);
            warnings_.write(base::LogLevel::kWarning, "the store does not take what was read: " + error.message +
                                                          "; kept, and tried again until it works");
          },
      .pause =
          [this](std::chrono::milliseconds time) {
            thread_.pause(time);
            return true;  // also when it was told to give up meanwhile: what works now is not read again
          }};
  base::Status status = base::retry({kFirstPause, kLongestPause}, hooks, [&] { return flush(*session_, snapshot); });
  if (status.ok() || status.error().kind != base::ErrorKind::kRetriable) return status;
  return base::retriable(status.error().message + kNotLost);
}

}  // namespace salestream::engine
