// SPDX-License-Identifier: Apache-2.0
#include "results/json.h"

#include <fmt/format.h>

namespace salestream::results {

std::string counters_json(const core::Counters& counters) {
  std::string rejects;
  for (std::size_t i = 0; i < counters.rejects.size(); ++i)
    if (counters.rejects[i] > 0)
      rejects += fmt::format("{}{}: {}", rejects.empty() ? "" : ", ",
                             json_string(core::name_of(static_cast<core::RejectReason>(i))), counters.rejects[i]);
  return fmt::format(
      "\"messages\": {}, \"orders\": {}, \"items\": {}, \"wrong_totals\": {}, \"duplicates\": {}, "
      "\"rejects\": {{{}}}",
      counters.messages, counters.orders, counters.items, counters.wrong_totals, counters.duplicates, rejects);
}

}  // namespace salestream::results
