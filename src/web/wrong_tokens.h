// SPDX-License-Identifier: Apache-2.0
// Who guesses tokens is slowed down: each address may be wrong some times at once, and then as often as its pause
// allows. Memory of a fixed size: beyond it, the address that has waited for longest is forgotten. Used
// by one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace salestream::web {

class WrongTokens {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr int kAtOnce = 10;
  static constexpr std::chrono::seconds kPause{2};  // so much later one more is allowed
  static constexpr std::size_t kMaxAddresses = 1'024;
  static constexpr std::chrono::seconds kLogInterval{60};

  // Whether a token of that address is looked at.
  bool may_try(const std::string& address, Clock::time_point now) const;

  // It was wrong. What is to be logged about it, if it is time to.
  std::optional<std::string> note(const std::string& address, Clock::time_point now);

  std::size_t addresses() const { return free_at_.size(); }

 private:
  void make_room(Clock::time_point now);

  std::unordered_map<std::string, Clock::time_point> free_at_;  // by address: when it may be wrong kAtOnce times again
  std::int64_t unlogged_ = 0;
  std::optional<Clock::time_point> logged_at_;
};

}  // namespace salestream::web
