// SPDX-License-Identifier: Apache-2.0
#include "rejects/resent_count.h"

#include <algorithm>

namespace salestream::rejects {

base::Result<std::optional<ResentCount>> count_resent(store::Inspection& inspection, const RejectStates& states,
                                                      std::int64_t stored_rejects,
                                                      const std::atomic<bool>* is_interrupted) {
  if (stored_rejects == 0 || states.count_sent() == 0) return std::optional(ResentCount{stored_rejects, 0});
  if (stored_rejects > kMaxCountedRejects) return std::optional<ResentCount>();
  std::int64_t resent = 0, seen = 0;
  std::size_t bytes = 0;
  bool is_too_much = false;
  const base::Status scanned = inspection.scan_rejects({}, [&](std::span<const core::Reject> page) -> base::Status {
    if (is_interrupted != nullptr && *is_interrupted) return base::failure("interrupted");
    for (const core::Reject& reject : page) bytes += reject.message.size() + reject.key.size();
    seen += static_cast<std::int64_t>(page.size());
    is_too_much = seen > kMaxCountedRejects || bytes > kMaxCountedBytes;
    if (is_too_much) return base::failure("there are too many");  // ends the scan; never seen by anybody
    SALESTREAM_ASSIGN(const std::vector<RejectState> of_page, states.of(page));
    resent += std::count_if(of_page.begin(), of_page.end(),
                            [](const RejectState& state) { return state.kind == RejectState::Kind::kSent; });
    return {};
  });
  if (is_too_much) return std::optional<ResentCount>();
  SALESTREAM_TRY(scanned);
  // A run may have stored more meanwhile than progress said.
  resent = std::min(resent, stored_rejects);
  return std::optional(ResentCount{stored_rejects - resent, resent});
}

}  // namespace salestream::rejects
