// SPDX-License-Identifier: Apache-2.0
// Answers that take longer than the server's thread may be kept: one after the other on a thread of their own. add()
// and take_finished() belong to the server's thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "http/message.h"

namespace salestream::http {

class SlowAnswers {
 public:
  // At most `limit` under way, waiting or finished and not taken. `on_finished` is called on the thread of this object.
  SlowAnswers(std::size_t limit, std::function<void()> on_finished)
      : limit_(limit), on_finished_(std::move(on_finished)) {}
  ~SlowAnswers() { stop(); }
  SlowAnswers(const SlowAnswers&) = delete;
  SlowAnswers& operator=(const SlowAnswers&) = delete;

  void start() {
    thread_ = std::thread([this] { work(); });
  }

  // False: there are too many already.
  bool add(std::uint64_t connection, std::function<Response()> make_answer) {
    const std::lock_guard lock(mutex_);
    if (count_ == limit_) return false;
    ++count_;
    waiting_.emplace_back(connection, std::move(make_answer));
    changed_.notify_one();
    return true;
  }

  std::vector<std::pair<std::uint64_t, Response>> take_finished() {
    const std::lock_guard lock(mutex_);
    count_ -= finished_.size();
    return std::exchange(finished_, {});
  }

  // Ends what is under way, and begins nothing more.
  void stop() {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
      changed_.notify_one();
    }
    thread_.join();
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
      if (is_stopping_) return;
      auto [connection, make_answer] = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      Response response;
      try {
        response = make_answer();
      } catch (const std::exception& error) {
        response = json_error(500, error.what());
      }
      make_answer = nullptr;
      lock.lock();
      finished_.emplace_back(connection, std::move(response));
      on_finished_();
    }
  }

  const std::size_t limit_;
  const std::function<void()> on_finished_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<std::uint64_t, std::function<Response()>>> waiting_;
  std::vector<std::pair<std::uint64_t, Response>> finished_;
  std::size_t count_ = 0;
  bool is_stopping_ = false;
};

}  // namespace salestream::http
