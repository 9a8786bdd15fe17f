// SPDX-License-Identifier: Apache-2.0
#include "decode/quantity_map.h"

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

namespace salestream::decode {

using core::RejectReason;

namespace {

std::optional<Fault> read_quantity(const RawValue& raw, const std::string& place, core::Decimal& out) {
  if (raw.first != '"' && !is_number_start(raw.first))
    return Fault{RejectReason::kWrongType, fmt::format("{} is {}, not a number", place, kind_of(raw.first))};
  const core::ParsedNumber number = core::parse_number(raw.text);
  out = number.value;
  if (number.status == core::NumberStatus::kNotANumber)
    return Fault{RejectReason::kNotANumber,
                 fmt::format("{} is the text \"{}\", not a number", place, shown_value(raw.text))};
  if (number.status == core::NumberStatus::kTooLarge)
    return Fault{RejectReason::kNumberTooLarge, fmt::format("{} is beyond 10^18", place)};
  return std::nullopt;
}

}  // namespace

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
    core::Decimal quantity;
    if (auto fault = read_quantity(raw, place, quantity)) return fault;
    if (!insert(name, quantity))
      return Fault{RejectReason::kDuplicateField, fmt::format("{} has '{}' twice", place, shown_value(name))};
    if (cursor.at(token) == ',') ++token;
  }
  return std::nullopt;
}

}  // namespace salestream::decode
