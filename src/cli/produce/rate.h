// SPDX-License-Identifier: Apache-2.0
// How fast `produce` sends. Main thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace salestream::cli {

// One order every three seconds.
inline constexpr const char* kDefaultRate = "1/3s";

// Orders a second from "max" (then 0), "200", "0.5", or "1/3s", one in three seconds.
base::Result<double> parse_rate(std::string_view text);

// When each message is due, at a steady rate without drift: what came late is caught up with, up to a second's worth.
class Pacer {
 public:
  using Clock = std::chrono::steady_clock;

  // 0: as fast as possible.
  Pacer(double per_second, Clock::time_point start) : per_second_(per_second), start_(start) {}

  bool has_rate() const { return per_second_ > 0; }
  Clock::time_point due(Clock::time_point now);
  void sent() { ++sent_since_start_; }

 private:
  const double per_second_;
  Clock::time_point start_;
  std::int64_t sent_since_start_ = 0;
};

}  // namespace salestream::cli
