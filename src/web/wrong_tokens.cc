// SPDX-License-Identifier: Apache-2.0
#include "web/wrong_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace salestream::web {

bool WrongTokens::may_try(const std::string& address, Clock::time_point now) const {
  const auto found = free_at_.find(address);
  return found == free_at_.end() || found->second - now <= (kAtOnce - 1) * kPause;
}

std::optional<std::string> WrongTokens::note(const std::string& address, Clock::time_point now) {
  if (!free_at_.contains(address) && free_at_.size() >= kMaxAddresses) make_room(now);
  Clock::time_point& free_at = free_at_[address];
  free_at = std::max(free_at, now) + kPause;
  ++unlogged_;
  if (logged_at_ && now - *logged_at_ < kLogInterval) return std::nullopt;
  logged_at_ = now;
  const std::int64_t count = std::exchange(unlogged_, 0);
  if (count == 1) return fmt::format("a wrong token for the web page, from {}", address);
  return fmt::format("{} wrong tokens for the web page, the last from {}", count, address);
}

void WrongTokens::make_room(Clock::time_point now) {
  std::erase_if(free_at_, [&](const auto& each) { return each.second <= now; });
  if (free_at_.size() < kMaxAddresses) return;
  free_at_.erase(std::min_element(free_at_.begin(), free_at_.end(),
                                  [](const auto& a, const auto& b) { return a.second < b.second; }));
}

}  // namespace salestream::web
