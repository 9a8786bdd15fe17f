// SPDX-License-Identifier: Apache-2.0
#include "cli/app/start_wait.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>

namespace salestream::cli {
namespace {

constexpr std::int64_t kMaxStartWaitSeconds = 7 * 24 * 3600;

}  // namespace

base::Result<StartWait> start_wait_of(const std::string& option, std::string_view who) {
  if (option.empty()) return StartWait(std::chrono::milliseconds(0));
  if (option == "true") return StartWait();
  std::int64_t seconds = 0;
  const auto [end, failed] = std::from_chars(option.data(), option.data() + option.size(), seconds);
  if (failed != std::errc() || end != option.data() + option.size() || seconds < 1 || seconds > kMaxStartWaitSeconds)
    return base::usage_error(
        fmt::format("--wait={}: that is no number of seconds from 1 to {}; with --wait alone {} waits without a limit",
                    option, kMaxStartWaitSeconds, who));
  return StartWait(std::chrono::seconds(seconds));
}

base::Error advise_wait(const base::Error& error, std::string_view who) {
  const bool is_question = error.message.ends_with('?');
  return base::retriable(
      fmt::format("{}{} --wait[=SECONDS] {} waits for it", error.message, is_question ? " With" : "; with", who));
}

}  // namespace salestream::cli
