// SPDX-License-Identifier: Apache-2.0
#include "web/health.h"

#include <fmt/format.h>

namespace salestream::web {

Verdict is_alive(const engine::Health& health) {
  if (health.has_begun && health.stalled_for > kMaxStall)
    return {false, fmt::format("a thread of the run has not moved for {:.0f} s", health.stalled_for.count())};
  return {true, "alive"};
}

Verdict is_ready(const engine::Health& health, const View& view, bool is_stopping) {
  if (is_stopping) return {false, "the run is stopping"};
  if (const Verdict alive = is_alive(health); !alive.is_good) return alive;
  if (view.is_source_silent) return {false, "the source does not answer"};
  if (health.store_wait > kMaxStoreWait)
    return {false, fmt::format("a flush or another request of the store has not succeeded for {:.0f} s",
                               health.store_wait.count())};
  if (!view.problem.empty()) return {false, "the store can't be read"};
  if (!health.has_begun) return {false, "the run is starting: it looks at the source and the store"};
  if (!health.has_assignment) return {false, "it is still to be said which partitions this process reads"};
  return {true, "ready"};
}

http::Response answer_of(const Verdict& verdict) {
  http::Response response = http::text_response(verdict.is_good ? 200 : 503, verdict.why + "\n");
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace salestream::web
