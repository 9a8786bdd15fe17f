// SPDX-License-Identifier: Apache-2.0
#include "cli/produce/rate.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <string>

namespace salestream::cli {
namespace {

std::optional<double> positive_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number) || !(number > 0))
    return std::nullopt;
  return number;
}

}  // namespace

base::Result<double> parse_rate(std::string_view text) {
  if (text == "max") return 0.0;
  const base::Error error =
      base::usage_error("--rate " + std::string(text) +
                        ": expected orders a second, such as 200 or 0.5, one in so many seconds, such as "
                        "1/3s, or max");
  const std::size_t slash = text.find('/');
  std::optional<double> rate = positive_number(text.substr(0, slash));
  if (rate && slash != std::string_view::npos) {
    std::string_view seconds = text.substr(slash + 1);
    if (seconds.empty() || seconds.back() != 's') return error;
    seconds.remove_suffix(1);
    const std::optional<double> per = seconds.empty() ? 1.0 : positive_number(seconds);
    if (!per) return error;
    *rate /= *per;
  }
  // Less than one in a day is a mistake, and so is what no machine can do.
  if (!rate || *rate < 1.0 / 86'400 || *rate > 1e9) return error;
  return *rate;
}

Pacer::Clock::time_point Pacer::due(Clock::time_point now) {
  if (!has_rate()) return now;
  const auto offset = [this](std::int64_t messages) {
    return std::chrono::duration_cast<Clock::duration>(
        std::chrono::duration<double>(static_cast<double>(messages) / per_second_));
  };
  const Clock::time_point due = start_ + offset(sent_since_start_);
  if (now - due <= std::chrono::seconds(1)) return due;
  // Far behind: what was held up is not poured out at once when the way is free again.
  start_ = now;
  sent_since_start_ = 0;
  return now;
}

}  // namespace salestream::cli
