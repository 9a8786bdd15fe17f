// SPDX-License-Identifier: Apache-2.0
// A view as the JSON of the API; openapi.yaml says what each member means. Amounts are strings with all their digits,
// times are milliseconds since 1970. Pure functions; any thread.
#pragma once

#include <string>

#include "web/totals_query.h"
#include "web/view.h"

namespace salestream::web {

std::string pipeline_json(const RunInfo& run_info);
std::string status_json(const View& view);
std::string rejects_json(const View& view);
std::string rate_json(const View& view);
// Rows of at most kMaxAnswerBytes, or one that is longer.
inline constexpr std::size_t kMaxAnswerBytes = 1 << 20;
std::string totals_json(const View& view, const TotalsQuery& query);

// The event of the stream: status, the latest rates, and the greatest rows of each table, at most kMaxEventRows and
// kMaxEventTableBytes of each.
inline constexpr std::size_t kMaxEventRows = 100;
inline constexpr std::size_t kMaxEventTableBytes = 64 << 10;
std::string state_event(const View& view);

}  // namespace salestream::web
