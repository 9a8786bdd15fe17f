// SPDX-License-Identifier: Apache-2.0
#include "audit/json_places.h"

namespace salestream::audit {

using core::RejectReason;

std::size_t JsonPlaces::add(const core::FieldPath& path) {
  std::size_t node = 0;
  for (const std::string& step : path.steps) {
    std::size_t inner = inner_of(node, step);
    if (inner == 0) {
      inner = nodes_.size();
      nodes_[node].inner.push_back(inner);
      nodes_.push_back({step, {}, 0});
    }
    node = inner;
  }
  return node;
}

std::size_t JsonPlaces::inner_of(std::size_t node, std::string_view name) const {
  for (const std::size_t inner : nodes_[node].inner)
    if (nodes_[inner].name == name) return inner;
  return 0;
}

void JsonPlaces::forget() {
  for (Node& node : nodes_) node.at = 0;
}

std::optional<RejectReason> JsonPlaces::find(const JsonReader& json, std::size_t object) {
  forget();
  return find_in(0, json, object);
}

std::optional<RejectReason> JsonPlaces::find_in(std::size_t node, const JsonReader& json, std::size_t object) {
  const std::vector<JsonValue>& values = json.values();
  for (std::size_t at = object + 1; at < values[object].end; at = values[at].end) {
    const std::size_t inner = inner_of(node, json.view(values[at].name));
    if (inner == 0) continue;
    if (nodes_[inner].at != 0) return RejectReason::kDuplicateField;
    nodes_[inner].at = at;
    if (nodes_[inner].inner.empty() || values[at].kind == JsonKind::kNull) continue;
    if (values[at].kind != JsonKind::kObject) return RejectReason::kWrongType;
    if (const auto fault = find_in(inner, json, at)) return fault;
  }
  return {};
}

}  // namespace salestream::audit
