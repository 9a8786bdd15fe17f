// SPDX-License-Identifier: Apache-2.0
// How many of the rejected messages in the store were sent to the topic again, and how many are still open. Reads the
// store only, for at most kMaxCountedRejects messages and kMaxCountedBytes of them. One thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "base/result.h"
#include "rejects/selection.h"
#include "store/store.h"

namespace salestream::rejects {

inline constexpr std::int64_t kMaxCountedRejects = 100'000;
inline constexpr std::size_t kMaxCountedBytes = 256 << 20;

struct ResentCount {
  std::int64_t open = 0;    // not sent again, or not known to be
  std::int64_t resent = 0;  // a resend of it is known to be sent
};

// `stored_rejects`: what progress counts. Where no resend was ever sent, nothing is looked through. Nothing: there is
// more to look through than the limits allow. An error, too, once it is interrupted.
base::Result<std::optional<ResentCount>> count_resent(store::Inspection& inspection, const RejectStates& states,
                                                      std::int64_t stored_rejects,
                                                      const std::atomic<bool>* is_interrupted = nullptr);

}  // namespace salestream::rejects
