// SPDX-License-Identifier: Apache-2.0
#include "audit/used_fields.h"

#include <algorithm>

#include "core/key_fields.h"

namespace salestream::audit {
namespace {

using Known = core::FieldIndex::Known;

// All that the definition has, first those that `order` names.
std::vector<core::FieldIndex> all_fields(const core::Definition& definition) {
  std::vector<core::FieldIndex> all;
  for (const Known known : {Known::kId, Known::kClient, Known::kTime, Known::kCurrency, Known::kProduct,
                            Known::kQuantity, Known::kPrice, Known::kAmount}) {
    if (known == Known::kQuantity && definition.order.quantity_is_map) continue;
    if (definition.field({known}) != nullptr) all.push_back({known});
  }
  for (std::size_t i = 0; i < definition.fields.size(); ++i) all.push_back(core::FieldIndex::named(i));
  return all;
}

class Use {
 public:
  Use(const core::Definition& definition, const OrderCondition& where, const OrderCondition& items_where,
      const OrderCondition& sign)
      : definition_(definition), where_(where), items_where_(items_where), sign_(sign) {}

  // Named by it, or the currency of a number that it names.
  bool is_of(const OrderCondition& condition, core::FieldIndex index) const {
    return condition.names(index) || (index.known == Known::kCurrency &&
                                      scales([&](core::FieldIndex number) { return condition.names(number); }));
  }

  bool is_used(core::FieldIndex index) const {
    if (where_.names(index) || items_where_.names(index) || sign_.names(index) || is_in_a_key(index)) return true;
    switch (index.known) {
      case Known::kProduct:
      case Known::kQuantity:
      case Known::kAmount: return true;
      case Known::kPrice: return !definition_.order.amount;  // beside an amount it decides nothing
      case Known::kId: return definition_.deduplicate.has_value();
      case Known::kCurrency: return scales([&](core::FieldIndex number) { return is_used(number); });
      default: return false;
    }
  }

 private:
  bool is_in_a_key(core::FieldIndex index) const {
    for (const core::TotalsTable& table : definition_.totals)
      for (const core::Dimension& dimension : table.by)
        if (dimension.field == index) return true;
    return false;
  }

  template <typename OfThese>
  bool scales(const OfThese& of_these) const {
    const std::vector<core::FieldIndex> all = all_fields(definition_);
    return std::any_of(all.begin(), all.end(), [&](core::FieldIndex number) {
      return definition_.field(number)->is_scaled_by_currency && of_these(number);
    });
  }

  const core::Definition& definition_;
  const OrderCondition& where_;
  const OrderCondition& items_where_;
  const OrderCondition& sign_;
};

}  // namespace

UsedFields::UsedFields(const core::Definition& definition, bool of_item, const OrderCondition& where,
                       const OrderCondition& items_where, const OrderCondition& sign) {
  const Use use(definition, where, items_where, sign);
  for (const core::FieldIndex index : all_fields(definition)) {
    if (core::is_of_item(definition, index) != of_item || !use.is_used(index)) continue;
    UsedField& used = fields_.emplace_back();
    used.index = index;
    used.field = *definition.field(index);
    used.type = type_of(used.field, index);
    used.is_of_condition = use.is_of(of_item ? items_where : where, index);
    if (used.field.scope == core::FieldScope::kHeader) {
      const std::vector<std::string> headers = definition.headers();
      const auto found = std::find(headers.begin(), headers.end(), core::header_of(used.field));
      used.header = static_cast<std::size_t>(found - headers.begin());
      continue;
    }
    for (const core::FieldPath& path : used.field.paths) used.places.push_back(places_.add(path));
  }
}

UsedField* UsedFields::find(core::FieldIndex index) {
  for (UsedField& used : fields_)
    if (used.index == index) return &used;
  return nullptr;
}

Fault UsedFields::begin(const JsonReader& json, std::size_t at) {
  json_ = &json;
  at_ = at;
  for (UsedField& used : fields_) used.is_read = false;
  places_.forget();
  return json.values()[at].kind == JsonKind::kObject ? places_.find(json, at) : std::nullopt;
}

std::vector<Found> UsedFields::found(const UsedField& used, const KafkaParts& kafka) const {
  std::vector<Found> there;
  const auto add = [&](std::size_t at) {
    const JsonValue& value = json_->values()[at];
    there.push_back({value.kind, json_->view(value.text), used.field.unit});
  };
  switch (used.field.scope) {
    case core::FieldScope::kMessageKey:
      if (!kafka.key.empty()) there.push_back({JsonKind::kString, kafka.key, used.field.unit});
      return there;
    case core::FieldScope::kHeader:
      if (used.header < kafka.headers.size() && kafka.headers[used.header])
        there.push_back({JsonKind::kString, *kafka.headers[used.header], used.field.unit});
      return there;
    case core::FieldScope::kMessageTime:
      if (!kafka.timestamp_ms.empty())
        there.push_back({JsonKind::kNumber, kafka.timestamp_ms, core::TimeUnit::kMilliseconds});
      return there;
    default: break;
  }
  if (used.field.is_element_itself()) add(at_);
  for (const std::size_t place : used.places)
    if (places_.at(place) != 0 && !used.field.is_element_itself()) add(places_.at(place));
  return there;
}

}  // namespace salestream::audit
