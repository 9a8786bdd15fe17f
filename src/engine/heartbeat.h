// SPDX-License-Identifier: Apache-2.0
// Signs of life of a worker and its flusher, left as they go, so that anybody can tell without waiting for them whether
// they move, and how long the store has kept them waiting: a thread that waits for a store can't say so itself. Each
// sign is left by one thread; any thread reads. Lock-free.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace salestream::engine {

// What the store is asked for.
enum class StoreWork : std::uint8_t { kFlush, kLoad, kProgress };
inline constexpr std::size_t kStoreWorkCount = 3;

constexpr const char* name_of(StoreWork work) {
  switch (work) {
    case StoreWork::kFlush: return "flush";
    case StoreWork::kLoad: return "load";
    case StoreWork::kProgress: return "progress";
  }
  return "";
}

class Heartbeat {
 public:
  using Clock = std::chrono::steady_clock;

  // The thread goes round its loop, also one in which it waits.
  void beat() { moved_at_.store(Clock::now(), std::memory_order_relaxed); }
  Clock::time_point last_beat_at() const { return moved_at_.load(std::memory_order_relaxed); }

  // From begin() to end() the store is being asked, once or again and again.
  void begin(StoreWork work) {
    if (of(work).since.load(std::memory_order_relaxed) == kNotAsking)
      of(work).since.store(Clock::now(), std::memory_order_relaxed);
  }
  void end(StoreWork work) { of(work).since.store(kNotAsking, std::memory_order_relaxed); }
  void count_retry(StoreWork work) { of(work).retries.fetch_add(1, std::memory_order_relaxed); }

  std::int64_t retries(StoreWork work) const { return of(work).retries.load(std::memory_order_relaxed); }
  // Since when the longest of what the store is being asked has gone on; nothing: it is asked nothing.
  std::optional<Clock::time_point> asking_since() const {
    std::optional<Clock::time_point> first;
    for (const Asking& asking : asking_) {
      const Clock::time_point since = asking.since.load(std::memory_order_relaxed);
      if (since != kNotAsking && (!first || since < *first)) first = since;
    }
    return first;
  }

 private:
  static constexpr Clock::time_point kNotAsking{};
  struct Asking {
    std::atomic<Clock::time_point> since{kNotAsking};
    std::atomic<std::int64_t> retries{0};
  };
  Asking& of(StoreWork work) { return asking_[static_cast<std::size_t>(work)]; }
  const Asking& of(StoreWork work) const { return asking_[static_cast<std::size_t>(work)]; }

  std::atomic<Clock::time_point> moved_at_{Clock::now()};
  std::array<Asking, kStoreWorkCount> asking_;
};

}  // namespace salestream::engine
