// SPDX-License-Identifier: Apache-2.0
#include "audit/change_envelope.h"

#include <string_view>

namespace salestream::audit {

using core::RejectReason;

ChangeEnvelope::ChangeEnvelope() {
  for (JsonPlaces* const places : {&message_, &payload_}) {
    op_ = places->add({{"op"}});
    before_ = places->add({{"before"}});
    after_ = places->add({{"after"}});
  }
  payload_place_ = message_.add({{"payload"}});
}

Fault ChangeEnvelope::find(const JsonReader& json, ChangeStates& states) {
  const std::vector<JsonValue>& values = json.values();
  states = {};
  if (const Fault fault = message_.find(json, 0)) return fault;
  const JsonPlaces* places = &message_;
  if (const std::size_t payload = message_.at(payload_place_); message_.at(op_) == 0 && payload != 0) {
    if (values[payload].kind == JsonKind::kNull) return {};
    if (values[payload].kind != JsonKind::kObject) return RejectReason::kWrongType;
    if (const Fault fault = payload_.find(json, payload)) return fault;
    places = &payload_;
  }
  const std::size_t op_at = places->at(op_);
  if (op_at == 0 || values[op_at].kind != JsonKind::kString) return RejectReason::kInvalidChange;
  const std::string_view op = json.view(values[op_at].text);
  if (op.size() != 1 || std::string_view("crud").find(op) == std::string_view::npos)
    return RejectReason::kInvalidChange;
  const bool is_removed = op == "d", is_new = op == "c" || op == "r";
  if (!is_new) states.before = places->at(before_);
  if (!is_removed) states.after = places->at(after_);
  return {};
}

Fault check_state(const JsonReader& json, std::size_t at, bool is_before) {
  const std::vector<JsonValue>& values = json.values();
  if (at == 0 || values[at].kind == JsonKind::kNull) return RejectReason::kInvalidChange;
  if (values[at].kind != JsonKind::kObject) return RejectReason::kWrongType;
  std::size_t columns = 0, nulls = 0;
  for (std::size_t each = at + 1; each < values[at].end; each = values[each].end) {
    ++columns;
    if (values[each].kind == JsonKind::kNull) ++nulls;
  }
  if (is_before && columns >= 2 && nulls + 1 >= columns) return RejectReason::kInvalidChange;
  return {};
}

}  // namespace salestream::audit
