// SPDX-License-Identifier: Apache-2.0
#include "engine/reject_window.h"

#include <fmt/format.h>

#include <algorithm>

namespace salestream::engine {

void RejectWindow::add(std::uint8_t what) {
  std::uint8_t& slot = ring_[next_];
  next_ = next_ + 1 == ring_.size() ? 0 : next_ + 1;
  ++seen_;
  if (slot != kGood) {
    --by_reason_[slot];
    --rejects_;
  }
  slot = what;
}

void RejectWindow::add_good(std::int64_t messages) {
  // More than the window has room for are as good as just as many.
  const auto room = static_cast<std::int64_t>(ring_.size());
  for (std::int64_t i = std::min(messages, room); i > 0; --i) add(kGood);
  seen_ += std::max<std::int64_t>(0, messages - room);
}

void RejectWindow::add_reject(core::Offset offset, core::RejectReason reason) {
  add(static_cast<std::uint8_t>(reason));
  ++by_reason_[static_cast<std::size_t>(reason)];
  ++rejects_;
  if (rejects_ <= limit_.most_rejects || is_exceeded_) return;
  is_exceeded_ = true;
  describe(offset, reason);
}

void RejectWindow::describe(core::Offset offset, core::RejectReason reason) {
  const auto most = std::max_element(by_reason_.begin(), by_reason_.end());
  description_ = fmt::format(
      "{} of the last {} messages are rejects, more than stop_when_rejects: {} allows; most of them ({}) for {}, the "
      "last one, at offset {}, for {}",
      rejects_, std::min<std::int64_t>(seen_, limit_.messages), limit_.text, *most,
      core::name_of(static_cast<core::RejectReason>(most - by_reason_.begin())), offset, core::name_of(reason));
}

}  // namespace salestream::engine
