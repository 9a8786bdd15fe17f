// SPDX-License-Identifier: Apache-2.0
#include "web/health.h"

#include <fmt/format.h>

#include <algorithm>

namespace salestream::web {

Verdict is_alive(const engine::Health& health) {
  if (health.has_begun && health.stalled_for > kMaxStall)
    return {false, fmt::format("a thread of the run has not moved for {:.0f} s", health.stalled_for.count())};
  return {true, "alive"};
}

Verdict is_ready(const engine::Health& health, const View& view, bool is_stopping) {
  using results::Freshness;
  if (is_stopping) return {false, "the run is stopping"};
  if (const Verdict alive = is_alive(health); !alive.is_good) return alive;
  switch (view.freshness) {
    case Freshness::kUpToDate:
    case Freshness::kCatchingUp:
    case Freshness::kEndless:
    case Freshness::kTransactionOpen: return {true, "ready"};
    case Freshness::kStopping: return {false, "the run is stopping"};
    case Freshness::kEnded: return {false, "the run has ended"};
    case Freshness::kWaitingForSource: return {false, "the source does not answer"};
    case Freshness::kWaitingForStore:
      if (!view.problem.empty()) return {false, "the store can't be read"};
      return {false, fmt::format("the store has not done for {:.0f} s what it was asked",
                                 std::max<double>(health.store_wait.count(), results::kMaxSilence.count()))};
    case Freshness::kStarting: break;
  }
  if (!health.has_begun) return {false, "the run is starting: it looks at the source and the store"};
  if (!health.has_assignment)
    return {false,
            "the consumer group has not said yet which partitions this process reads: a run "
            "that was killed may be waited for until its session is over"};
  return {false, "the run is starting: how far the totals reach is not known yet"};
}

http::Response answer_of(const Verdict& verdict) {
  http::Response response = http::text_response(verdict.is_good ? 200 : 503, verdict.why + "\n");
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace salestream::web
