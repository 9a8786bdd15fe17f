// SPDX-License-Identifier: Apache-2.0
// What to answer who asks whether a run is alive (if not, start it anew: /healthz) and whether it gets its work done
// (if not, somebody should look: /readyz). Pure; any thread.
#pragma once

#include <chrono>
#include <string>

#include "engine/measurements.h"
#include "http/message.h"
#include "web/view.h"

namespace salestream::web {

// Every loop of a run comes round within a second or, where a database or a broker is slow to say no, some ten.
inline constexpr std::chrono::seconds kMaxStall{120};

struct Verdict {
  bool is_good = true;
  std::string why;  // one line; names no server, since it is told to who has no token
};

Verdict is_alive(const engine::Health& health);
// As view.freshness says.
Verdict is_ready(const engine::Health& health, const View& view, bool is_stopping);

// 200 or 503, with the reason.
http::Response answer_of(const Verdict& verdict);

}  // namespace salestream::web
