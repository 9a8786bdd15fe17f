// SPDX-License-Identifier: Apache-2.0
// The one loop that tries again. An error that is retriable is tried again after a pause, any other is returned, and so
// is the last one when it is time to give up. Time is injected, so that a test waits for nothing. The caller's thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <thread>

#include "base/logging.h"
#include "base/result.h"

namespace salestream::base {

struct RetryPolicy {
  std::chrono::milliseconds first_pause;
  // Each pause is twice the one before, up to this; nothing: all are as long as the first.
  std::optional<std::chrono::milliseconds> longest_pause = {};
  // An attempt that fails later than this after the first one began is the last; nothing: there is no such limit.
  std::optional<std::chrono::milliseconds> timeout = {};
};

struct RetryHooks {
  using Clock = std::chrono::steady_clock;

  // Asked after each attempt that failed. True: it was the last.
  std::function<bool()> gives_up = [] { return false; };
  // Told of each attempt that is followed by another: the place for a warning, and for counting.
  std::function<void(const Error&)> before_pause = [](const Error& error) {
    log_warning(error.message + "; trying again");
  };
  // May return early. False: there is no other attempt after all.
  std::function<bool(std::chrono::milliseconds)> pause = [](std::chrono::milliseconds time) {
    std::this_thread::sleep_for(time);
    return true;
  };
  std::function<Clock::time_point()> clock = Clock::now;
};

// `attempt` returns a Result or a Status; the last one is returned.
template <typename Attempt>
auto retry(const RetryPolicy& policy, const RetryHooks& hooks, const Attempt& attempt) -> decltype(attempt()) {
  const auto began = hooks.clock();
  auto pause = policy.first_pause;
  for (;;) {
    auto outcome = attempt();
    if (outcome.ok() || outcome.error().kind != ErrorKind::kRetriable) return outcome;
    if (hooks.gives_up()) return outcome;
    if (policy.timeout && hooks.clock() - began > *policy.timeout) return outcome;
    hooks.before_pause(outcome.error());
    if (!hooks.pause(pause)) return outcome;
    pause = std::min(2 * pause, policy.longest_pause.value_or(policy.first_pause));
  }
}

}  // namespace salestream::base
