// SPDX-License-Identifier: Apache-2.0
// `where`, `items_where` or `sign` of a definition, with the values of its fields for one order or line item. One
// instance a thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/condition.h"
#include "core/definition.h"
#include "expression/syntax.h"

namespace salestream::audit {

class OrderCondition {
 public:
  // `fields`: what the condition may name, as core::fields_of_where and core::fields_of_items_where have it.
  OrderCondition(const core::Definition& definition, const std::string& text, std::vector<core::FieldIndex> fields,
                 expression::Type type = expression::Type::kBoolean);

  bool names(core::FieldIndex field) const;
  // Does nothing where the condition does not name it.
  void set(core::FieldIndex field, const PlainValue& value);
  // Once all fields that it names are set; without a condition always. Nothing: a number on the way is too large.
  std::optional<bool> is_true() const;
  // The value of an expression that is no condition; the same.
  std::optional<PlainValue> value() const;
  bool is_there() const { return tree_.has_value(); }

 private:
  struct Field {
    core::FieldIndex index;
    bool is_named = false;
  };

  std::vector<Field> fields_;
  std::vector<PlainValue> row_;  // of these
  std::optional<expression::Tree> tree_;
};

}  // namespace salestream::audit
