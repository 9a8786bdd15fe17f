// SPDX-License-Identifier: Apache-2.0
// --wait[=SECONDS]: how long a command waits at its start for a store or a broker that is unavailable. Any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/logging.h"
#include "base/result.h"
#include "base/retry.h"

namespace salestream::cli {

// Zero: not at all; nothing: without a limit.
using StartWait = std::optional<std::chrono::milliseconds>;

inline constexpr std::chrono::milliseconds kStartPause{1000};  // between two attempts
inline constexpr std::chrono::seconds kStartWarningEvery{10};

// Of what was given: a number of seconds, or "true"; empty: not at all. `who` waits, for messages: "a run".
base::Result<StartWait> start_wait_of(const std::string& option, std::string_view who);

// An error, by which `who` did not wait, with what would have it wait.
base::Error advise_wait(const base::Error& error, std::string_view who);

// `attempt` again and again while it says that somebody is unavailable; of the hooks, before_pause is set here.
template <typename Attempt>
auto wait_at_start(const StartWait& wait, std::string_view who, base::RetryHooks hooks, const Attempt& attempt)
    -> decltype(attempt()) {
  if (wait == std::chrono::milliseconds(0)) {
    auto outcome = attempt();
    if (outcome.ok() || outcome.error().kind != base::ErrorKind::kRetriable) return outcome;
    return advise_wait(outcome.error(), who);
  }
  base::RateLimitedWarnings warnings(1, kStartWarningEvery, base::RateLimitedWarnings::LeftOut::kSuppressed);
  hooks.before_pause = [&](const base::Error& error) {
    warnings.write(base::LogLevel::kWarning, error.message + "; " + std::string(who) + " waits for it (--wait)");
  };
  return base::retry({.first_pause = kStartPause, .timeout = wait}, hooks, attempt);
}

}  // namespace salestream::cli
