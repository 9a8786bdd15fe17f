// SPDX-License-Identifier: Apache-2.0
#include "core/key_fields.h"

#include <algorithm>

namespace salestream::core {
namespace {

using Known = FieldIndex::Known;

bool is_value_of_its_own(FieldIndex field) {
  return field.known != Known::kProduct && field.known != Known::kClient && field.known != Known::kTime;
}

std::uint8_t place_in(const std::vector<FieldIndex>& fields, FieldIndex field) {
  return static_cast<std::uint8_t>(std::find(fields.begin(), fields.end(), field) - fields.begin());
}

}  // namespace

bool is_of_item(const Definition& definition, FieldIndex index) {
  const Field* const field = definition.field(index);
  if (field == nullptr) return false;
  if (index.known == Known::kQuantity && definition.order.quantity_is_map) return true;
  return field->scope == FieldScope::kItem ||
         (field->scope == FieldScope::kUsual && (index.known == Known::kProduct || index.known == Known::kQuantity ||
                                                 index.known == Known::kPrice || index.known == Known::kAmount));
}

namespace {

void add_named(const Definition& definition, bool of_item, std::vector<FieldIndex>& out) {
  for (std::size_t i = 0; i < definition.fields.size(); ++i) {
    const FieldIndex index{Known::kNamed, static_cast<std::uint8_t>(i)};
    if (definition.fields[i].type != FieldType::kTime && is_of_item(definition, index) == of_item) out.push_back(index);
  }
}

void add_known(const Definition& definition, std::initializer_list<Known> known, bool of_item,
               std::vector<FieldIndex>& out) {
  for (const Known each : known)
    if (definition.field({each}) != nullptr && is_of_item(definition, {each}) == of_item) out.push_back({each});
}

}  // namespace

std::vector<FieldIndex> fields_of_where(const Definition& definition) {
  std::vector<FieldIndex> out;
  add_known(definition, {Known::kId, Known::kClient, Known::kCurrency}, false, out);
  add_named(definition, false, out);
  return out;
}

std::vector<FieldIndex> fields_of_items_where(const Definition& definition) {
  std::vector<FieldIndex> out = fields_of_where(definition);
  if (!definition.order.quantity_is_map)
    add_known(definition, {Known::kProduct, Known::kQuantity, Known::kPrice, Known::kAmount, Known::kCurrency}, true,
              out);
  else
    add_known(definition, {Known::kProduct, Known::kPrice, Known::kAmount, Known::kCurrency}, true, out);
  add_named(definition, true, out);
  return out;
}

KeyFields KeyFields::of(const Definition& definition) {
  KeyFields fields;
  for (const TotalsTable& table : definition.totals)
    for (const Dimension& dimension : table.by) {
      if (!is_value_of_its_own(dimension.field)) continue;
      std::vector<FieldIndex>& into = is_of_item(definition, dimension.field) ? fields.of_item : fields.of_order;
      if (std::find(into.begin(), into.end(), dimension.field) == into.end()) into.push_back(dimension.field);
    }
  return fields;
}

KeyPart KeyFields::part(const Dimension& dimension) const {
  switch (dimension.field.known) {
    case Known::kProduct: return {KeyPart::From::kProduct, dimension.window};
    case Known::kClient: return {KeyPart::From::kClient, dimension.window};
    case Known::kTime: return {KeyPart::From::kTime, dimension.window};
    default: break;
  }
  if (const std::uint8_t place = place_in(of_item, dimension.field); place < of_item.size())
    return {KeyPart::From::kItemValue, dimension.window, place};
  return {KeyPart::From::kOrderValue, dimension.window, place_in(of_order, dimension.field)};
}

}  // namespace salestream::core
