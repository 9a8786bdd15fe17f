// SPDX-License-Identifier: Apache-2.0
// Flushes on a thread of its own, with a store session of its own. A retriable error is tried again, with a growing
// pause and a line of logging now and then, until it works or is told to give up.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "base/logging.h"
#include "base/result.h"
#include "base/worker_thread.h"
#include "engine/flusher.h"
#include "engine/heartbeat.h"
#include "engine/reject_topic.h"
#include "store/store.h"

namespace salestream::engine {

class FlushThread final : public Flusher {
 public:
  static constexpr std::chrono::milliseconds kFirstPause{100};
  static constexpr std::chrono::milliseconds kLongestPause{5'000};

  // How long the dead-letter topic is still waited for after retrying was given up.
  static constexpr std::chrono::milliseconds kTopicTimeout{5'000};

  // `reject_topic`: what gets the rejected messages of each flush before the store does; nullptr: nothing.
  FlushThread(std::unique_ptr<store::Session> session, base::RateLimitedWarnings& warnings,
              std::unique_ptr<RejectTopic> reject_topic = nullptr,
              std::shared_ptr<Heartbeat> heartbeat = std::make_shared<Heartbeat>());

  bool is_busy() const override { return thread_.is_busy(); }
  void start(FlushSnapshot snapshot) override;
  std::optional<Finished> finished(std::chrono::milliseconds wait) override;
  void give_up_retrying() override;
  void pause() override;

 private:
  void work();
  base::Status flush_with_retries(FlushSnapshot& snapshot);
  base::Status send_rejects(const FlushSnapshot& snapshot);

  std::unique_ptr<store::Session> session_;
  base::RateLimitedWarnings& warnings_;
  const std::unique_ptr<RejectTopic> reject_topic_;
  const std::shared_ptr<Heartbeat> heartbeat_;
  Finished under_way_;         // the thread's while it is busy
  base::WorkerThread thread_;  // interrupted: gives up retrying; last: it uses all the others
};

}  // namespace salestream::engine
