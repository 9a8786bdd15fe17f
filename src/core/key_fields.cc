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
  return field->scope == FieldScope::kItem || (field->scope == FieldScope::kUsual && index.known == Known::kProduct);
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
    case Known::kId:
    case Known::kCurrency:
    case Known::kNamed: break;
  }
  if (const std::uint8_t place = place_in(of_item, dimension.field); place < of_item.size())
    return {KeyPart::From::kItemValue, dimension.window, place};
  return {KeyPart::From::kOrderValue, dimension.window, place_in(of_order, dimension.field)};
}

}  // namespace salestream::core
