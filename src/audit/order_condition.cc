// SPDX-License-Identifier: Apache-2.0
#include "audit/order_condition.h"

#include <algorithm>
#include <string_view>

#include "expression/order_fields.h"

namespace salestream::audit {

OrderCondition::OrderCondition(const core::Definition& definition, const std::string& text,
                               std::vector<core::FieldIndex> fields, expression::Type type)
    : row_(fields.size()) {
  if (text.empty()) return;
  tree_ = expression::tree_of(definition, text, fields, type);
  const std::vector<std::string_view> names = expression::fields_of(*tree_);
  for (const core::FieldIndex index : fields)
    fields_.push_back({index, std::find(names.begin(), names.end(), definition.name_of(index)) != names.end()});
}

bool OrderCondition::names(core::FieldIndex field) const {
  return std::any_of(fields_.begin(), fields_.end(),
                     [&](const Field& each) { return each.is_named && each.index == field; });
}

void OrderCondition::set(core::FieldIndex field, const PlainValue& value) {
  for (std::size_t i = 0; i < fields_.size(); ++i)
    if (fields_[i].is_named && fields_[i].index == field) row_[i] = value;
}

std::optional<PlainValue> OrderCondition::value() const { return value_of(*tree_, row_); }

std::optional<bool> OrderCondition::is_true() const {
  if (!tree_) return true;
  const std::optional<PlainValue> value = value_of(*tree_, row_);
  if (!value) return std::nullopt;
  const bool* const truth = std::get_if<bool>(&*value);
  return truth != nullptr && *truth;
}

}  // namespace salestream::audit
