// SPDX-License-Identifier: Apache-2.0
#include "results/counters_json.h"

namespace salestream::results {

void write_counters(base::JsonWriter& json, const core::Counters& counters) {
  json.member("messages", counters.messages).member("orders", counters.orders).member("items", counters.items);
  json.member("wrong_totals", counters.wrong_totals)
      .member("duplicates", counters.duplicates)
      .member("left_out", counters.left_out());
  json.key("rejects");
  write_rejects(json, counters);
}

void write_rejects(base::JsonWriter& json, const core::Counters& counters) {
  json.begin_object();
  for (std::size_t i = 0; i < counters.rejects.size(); ++i)
    if (counters.rejects[i] > 0) json.member(core::name_of(static_cast<core::RejectReason>(i)), counters.rejects[i]);
  json.end_object();
}

}  // namespace salestream::results
