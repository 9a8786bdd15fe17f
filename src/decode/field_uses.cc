// SPDX-License-Identifier: Apache-2.0
#include "decode/field_uses.h"

#include <algorithm>

#include "core/key_fields.h"
#include "expression/order_fields.h"

namespace salestream::decode {

using core::FieldIndex;
using Known = core::FieldIndex::Known;

namespace {

std::vector<std::string> names_in(const core::Definition& definition, const std::string& text,
                                  const std::vector<FieldIndex>& fields,
                                  expression::Type type = expression::Type::kBoolean) {
  if (text.empty()) return {};
  const expression::Tree tree = expression::tree_of(definition, text, fields, type);
  const auto names = expression::fields_of(tree);
  return {names.begin(), names.end()};
}

}  // namespace

FieldUses::FieldUses(const core::Definition& definition)
    : definition_(definition),
      where_(names_in(definition, definition.where, core::fields_of_where(definition))),
      items_where_(names_in(definition, definition.items_where, core::fields_of_items_where(definition))),
      sign_(names_in(definition, definition.sign, core::fields_of_items_where(definition), expression::Type::kNumber)) {
  const auto add_scaled = [&](FieldIndex index) {
    const core::Field* const field = definition.field(index);
    if (field != nullptr && field->is_scaled_by_currency) by_currency_.push_back(index);
  };
  add_scaled({Known::kPrice});
  add_scaled({Known::kAmount});
  for (std::size_t i = 0; i < definition.fields.size(); ++i) add_scaled(FieldIndex::named(i));
}

bool FieldUses::is_used(FieldIndex index) const {
  if (is_named_in(where_, index) || is_named_in(items_where_, index) || is_named_in(sign_, index)) return true;
  if (is_in_a_key(index)) return true;
  switch (index.known) {
    case Known::kProduct:
    case Known::kQuantity:
    case Known::kAmount: return true;
    case Known::kPrice: return !definition_.order.amount;
    case Known::kId: return definition_.deduplicate.has_value();
    case Known::kCurrency:
      return std::any_of(by_currency_.begin(), by_currency_.end(), [&](FieldIndex number) { return is_used(number); });
    case Known::kClient:
    case Known::kTime:
    case Known::kNamed: break;
  }
  return false;
}

bool FieldUses::is_named_in(const Names& names, FieldIndex index) const {
  return std::find(names.begin(), names.end(), definition_.name_of(index)) != names.end();
}

bool FieldUses::is_of(const Names& names, FieldIndex index) const {
  if (is_named_in(names, index)) return true;
  return index.known == Known::kCurrency && std::any_of(by_currency_.begin(), by_currency_.end(),
                                                        [&](FieldIndex number) { return is_named_in(names, number); });
}

bool FieldUses::is_in_a_key(FieldIndex index) const {
  return std::any_of(definition_.totals.begin(), definition_.totals.end(), [&](const core::TotalsTable& table) {
    return std::any_of(table.by.begin(), table.by.end(),
                       [&](const core::Dimension& dimension) { return dimension.field == index; });
  });
}

}  // namespace salestream::decode
