// SPDX-License-Identifier: Apache-2.0
#include "decode/quantity_map.h"

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

namespace salestream::decode {

using core::RejectReason;

struct QuantityMap::Index {
  absl::flat_hash_map<std::string_view, std::size_t> places;
};

QuantityMap::QuantityMap() : index_(std::make_unique<Index>()) {}
QuantityMap::~QuantityMap() = default;

void QuantityMap::clear_index() {
  index_->places.clear();
  is_indexed_ = false;
}

void QuantityMap::add_to_index() {
  for (std::size_t i = is_indexed_ ? entries_.size() - 1 : 0; i < entries_.size(); ++i)
    index_->places.emplace(entries_[i].first, i);
  is_indexed_ = true;
}

const core::Decimal* QuantityMap::find_in_index(std::string_view name) const {
  const auto found = index_->places.find(name);
  return found == index_->places.end() ? nullptr : &entries_[found->second].second;
}

std::optional<Fault> QuantityMap::read(Cursor& cursor, const RawValue& map, const std::string& place) {
  clear();
  if (!map.is_there()) return Fault{RejectReason::kMissingField, fmt::format("{} is missing", place)};
  if (map.first != '{')
    return Fault{RejectReason::kWrongType, fmt::format("{} is {}, not an object", place, kind_of(map.first))};
  for (Token token = map.token + 1; cursor.at(token) != '}';) {
    std::string_view name;
    token = cursor.string(token, name) + 1;
    RawValue raw;
    token = read_raw(cursor, token, raw);
    const auto quantity = number_of(raw);
    if (!quantity) return number_fault(raw, place);
    if (!insert(name, *quantity))
      return Fault{RejectReason::kDuplicateField, fmt::format("{} has '{}' twice", place, shown_value(name))};
    if (cursor.at(token) == ',') ++token;
  }
  return std::nullopt;
}

}  // namespace salestream::decode
