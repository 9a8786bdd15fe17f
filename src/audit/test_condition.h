// SPDX-License-Identifier: Apache-2.0
// For tests: what an expression comes to for a row, as the audit works it out and as `run` does, as text to compare.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/condition.h"
#include "core/value.h"
#include "expression/evaluator.h"
#include "expression/test_cases.h"

namespace salestream::audit {

inline PlainValue plain(const core::Value& value) {
  switch (value.kind) {
    case core::Value::Kind::kNull: return {};
    case core::Value::Kind::kText: return std::string(value.text);
    case core::Value::Kind::kNumber: return billionths_of(value.number);
    case core::Value::Kind::kBoolean: return value.boolean;
    case core::Value::Kind::kDate: return Day{value.days};
  }
  return {};
}

inline std::vector<PlainValue> plain_row(const std::vector<core::Value>& row) {
  std::vector<PlainValue> values;
  for (const core::Value& value : row) values.push_back(plain(value));
  return values;
}

inline core::Value view_of(const PlainValue& value) {
  if (const auto* const text = std::get_if<std::string>(&value)) return core::Value::of_text(*text);
  if (const auto* const number = std::get_if<Billionths>(&value))
    return core::Value::of_number(core::Decimal::from_scaled(*number));
  if (const auto* const boolean = std::get_if<bool>(&value)) return core::Value::of_boolean(*boolean);
  if (const auto* const day = std::get_if<Day>(&value)) return core::Value::of_date(day->since_1970);
  return {};
}

inline std::string audited_text(const expression::Tree& tree, const std::vector<core::Value>& row) {
  const std::optional<PlainValue> value = value_of(tree, plain_row(row));
  return value ? expression::text_of(view_of(*value)) : "too large";
}

inline std::string counted_text(const expression::Tree& tree, const std::vector<core::Value>& row) {
  expression::Evaluator evaluator(tree);
  core::Value value;
  return evaluator.evaluate(row, value) == expression::Fault::kNone ? expression::text_of(value) : "too large";
}

}  // namespace salestream::audit
