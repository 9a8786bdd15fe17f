// SPDX-License-Identifier: Apache-2.0
#include "engine/fingerprint_check_thread.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace salestream::engine {

void FingerprintCheckThread::start(std::vector<LogFingerprint> fingerprints) {
  SALESTREAM_CHECK(!is_busy());
  if (!fingerprints.empty()) {
    const auto first = static_cast<std::ptrdiff_t>(rounds_++ % fingerprints.size());
    std::rotate(fingerprints.begin(), fingerprints.begin() + first, fingerprints.end());
  }
  thread_.start([this, fingerprints = std::move(fingerprints)] {
    outcome_ = check_fingerprints(source_, fingerprints, thread_.is_interrupted());
  });
}

std::optional<base::Status> FingerprintCheckThread::finished() {
  if (!thread_.finish_within({})) return std::nullopt;
  return std::move(outcome_);
}

}  // namespace salestream::engine
