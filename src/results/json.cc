// SPDX-License-Identifier: Apache-2.0
#include "results/json.h"

#include <fmt/format.h>

namespace salestream::results {

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += {'\\', c};
    else if (byte < 0x20 || byte == 0x7F)
      out += fmt::format("\\u{:04x}", byte);
    else
      out += c;
  }
  return out += '"';
}

std::string counters_json(const core::Counters& counters) {
  std::string rejects;
  for (std::size_t i = 0; i < counters.rejects.size(); ++i)
    if (counters.rejects[i] > 0)
      rejects += fmt::format("{}{}: {}", rejects.empty() ? "" : ", ",
                             json_string(core::name_of(static_cast<core::RejectReason>(i))), counters.rejects[i]);
  return fmt::format("\"messages\": {}, \"orders\": {}, \"items\": {}, \"wrong_totals\": {}, \"duplicates\": {}, "
                     "\"rejects\": {{{}}}",
                     counters.messages, counters.orders, counters.items, counters.wrong_totals, counters.duplicates,
                     rejects);
}

}  // namespace salestream::results
