// SPDX-License-Identifier: Apache-2.0
// A run of which every message was rejected is being fed the wrong thing, or has a wrong pipeline file: what to say of
// it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "core/cell.h"

namespace salestream::engine {

// What was said of the first message that was rejected for each reason. Any thread.
class RejectExamples {
 public:
  void note(core::RejectReason reason, const std::string& detail);
  std::string of(core::RejectReason reason) const;

 private:
  std::array<std::atomic<bool>, core::kRejectReasonCount> is_there_{};
  mutable base::Mutex mutex_;
  std::array<std::string, core::kRejectReasonCount> details_ ABSL_GUARDED_BY(mutex_);
};

// So many messages have to be rejected, and none counted, before a run that goes on says so.
inline constexpr std::int64_t kFewestRejectsToSay = 100;

// The commonest reason, an example, and what to do; nothing: a message counted, or fewer than `fewest` were rejected,
// tombstones apart.
std::optional<std::string> describe_all_rejected(const core::Counters& counters, const RejectExamples& examples,
                                                 std::int64_t fewest);

}  // namespace salestream::engine
