// SPDX-License-Identifier: Apache-2.0
// `salestream produce`: its arguments, and what they mean. Main thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/app/command.h"

namespace salestream::cli {

struct ProduceArguments {
  PipelineArguments pipeline;
  std::int64_t count = 0;  // 0: without end, or all lines of `from`
  std::string rate;        // see parse_rate; empty: kDefaultRate, or max for `from`
  std::optional<std::uint64_t> seed;
  bool key_is_order_id = true;
  std::string out;   // FILE or -, empty: the pipeline's topic
  std::string from;  // FILE or -, empty: orders are generated
  std::string faults;
  std::string truth;
  bool truth_add = false;
  std::string catalogue;
  std::int64_t products = 0;
  std::string start_date;
};

// One order every three seconds.
inline constexpr const char* kDefaultRate = "1/3s";
// Orders are shown one by one up to this rate.
inline constexpr double kShownPerSecond = 10;

base::Result<int> produce(const ProduceArguments& arguments);

// Orders a second from "max" (then 0), "200", "0.5", or "1/3s", one in three seconds.
base::Result<double> parse_rate(std::string_view text);

// JSON with a line for each value, two spaces a level; what is no JSON comes back as it is. Safe for a terminal.
std::string indented_json(std::string_view text);

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
