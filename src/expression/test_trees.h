// SPDX-License-Identifier: Apache-2.0
// For tests: any tree that a text can say, and any row of values for it, from choices that are made elsewhere: by a
// random generator, or by a fuzzer's bytes.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/value.h"
#include "expression/syntax.h"

namespace salestream::expression {

// One of so many, from 0 on.
using Choose = std::function<std::uint32_t(std::uint32_t count)>;

// Near what is decided by them: zero, one billionth and its half as a factor, and the bound.
inline core::Decimal chosen_number(const Choose& choose) {
  using core::Decimal;
  const Decimal::Int128 most = core::kMaxAmount.scaled(), one = Decimal::kScale;
  const std::array<Decimal::Int128, 16> kinds = {
      0,    1,        2,        3,          one / 2,           one,           2 * one, 10 * one,
      most, most - 1, most / 2, most / one, most / one * 1000, 1'500'000'000, one + 1, 999'999'999};
  Decimal::Int128 number = kinds[choose(kinds.size())];
  if (choose(8) == 0) number = static_cast<Decimal::Int128>(choose(1U << 31)) * choose(1U << 31) * (1 + choose(50));
  return Decimal::from_scaled(choose(3) == 0 ? -number : number);
}

inline std::string_view chosen_text(const Choose& choose) {
  static constexpr std::array<std::string_view, 14> kTexts = {
      "",  "paid",     "Paid ", "PAID", " paid", "it's", "pa",
      "é", "\xC3\x89", "z",     "[a",   "  ",    "''",   "a long text, longer than what a string holds in itself"};
  return kTexts[choose(kTexts.size())];
}

inline std::int32_t chosen_days(const Choose& choose) {
  static constexpr std::array<std::int32_t, 6> kDays = {-719'162, -1, 0, 1, 20'030, 2'932'896};
  return kDays[choose(kDays.size())];
}

inline core::Value chosen_value(Type type, const Choose& choose) {
  switch (type) {
    case Type::kText: return core::Value::of_text(chosen_text(choose));
    case Type::kNumber: return core::Value::of_number(chosen_number(choose));
    case Type::kBoolean: return core::Value::of_boolean(choose(2) == 0);
    case Type::kDate: return core::Value::of_date(chosen_days(choose));
  }
  return {};
}

inline std::vector<core::Value> chosen_row(std::span<const FieldType> fields, const Choose& choose) {
  std::vector<core::Value> row;
  for (const FieldType& field : fields)
    row.push_back(field.may_be_null && choose(3) == 0 ? core::Value::null() : chosen_value(field.type, choose));
  return row;
}

class TreeMaker {
 public:
  TreeMaker(std::span<const FieldType> fields, Choose choose) : fields_(fields), choose_(std::move(choose)) {}

  // Of a depth that is chosen, too, and within the limits of syntax.h.
  Tree make(Type type) {
    tree_ = {};
    part(type, 1 + choose_(6), false);
    return std::move(tree_);
  }

 private:
  // A full tree of this depth would have more nodes than there may be.
  bool is_near_full() const { return tree_.nodes.size() > kMaxNodes / 2; }

  // `is_typed`: it can't be NULL of any type, which is nothing to compare with.
  NodeIndex part(Type type, std::uint32_t levels, bool is_typed) {
    if (levels <= 1 || is_near_full() || choose_(8) == 0) return leaf(type, is_typed);
    if (choose_(5) == 0) return any_type(type, levels - 1, is_typed);
    switch (type) {
      case Type::kText: return with(one_of({NodeKind::kLower, NodeKind::kUpper, NodeKind::kTrim}), {type}, levels - 1);
      case Type::kNumber: return number(levels - 1);
      case Type::kBoolean: return condition(levels - 1);
      case Type::kDate: return leaf(type, is_typed);
    }
    return 0;
  }

  NodeKind one_of(std::initializer_list<NodeKind> kinds) {
    return kinds.begin()[choose_(static_cast<std::uint32_t>(kinds.size()))];
  }

  NodeIndex leaf(Type type, bool is_typed) {
    const std::uint32_t kind = choose_(is_typed ? 7 : 8);
    if (kind == 7) return tree_.add({}, {});
    if (kind > 2) return field(type);
    switch (type) {
      case Type::kText: return tree_.add({.kind = NodeKind::kText, .text = std::string(chosen_text(choose_))}, {});
      case Type::kNumber: return tree_.add({.kind = NodeKind::kNumber, .number = chosen_number(choose_)}, {});
      case Type::kBoolean: return tree_.add({.kind = NodeKind::kBoolean, .boolean = choose_(2) == 0}, {});
      case Type::kDate: return tree_.add({.kind = NodeKind::kDate, .days = chosen_days(choose_)}, {});
    }
    return 0;
  }

  // Each type has one in the fields of test_cases.h.
  NodeIndex field(Type type) {
    std::vector<std::uint16_t> of_type;
    for (std::uint16_t i = 0; i < fields_.size(); ++i)
      if (fields_[i].type == type) of_type.push_back(i);
    const std::uint16_t chosen = of_type[choose_(static_cast<std::uint32_t>(of_type.size()))];
    return tree_.add({.kind = NodeKind::kField, .field_type = type, .field = chosen, .text = fields_[chosen].name}, {});
  }

  NodeIndex with(NodeKind kind, const std::vector<Type>& types, std::uint32_t levels, bool is_typed = false) {
    std::vector<NodeIndex> operands;
    for (const Type type : types) operands.push_back(part(type, levels, is_typed));
    return tree_.add({.kind = kind}, operands);
  }

  NodeIndex number(std::uint32_t levels) {
    const NodeKind kind = one_of({NodeKind::kAdd, NodeKind::kSubtract, NodeKind::kMultiply, NodeKind::kNegate});
    if (kind != NodeKind::kNegate) return with(kind, {Type::kNumber, Type::kNumber}, levels);
    // The sign of a number in digits is its own.
    const NodeIndex operand = part(Type::kNumber, levels, false);
    const NodeIndex operands[] = {operand};
    return tree_.nodes[operand].kind == NodeKind::kNumber ? operand : tree_.add({.kind = kind}, operands);
  }

  NodeIndex condition(std::uint32_t levels) {
    static constexpr Type kTypes[] = {Type::kText, Type::kNumber, Type::kDate, Type::kBoolean};
    switch (choose_(8)) {
      case 0: return with(NodeKind::kNot, {Type::kBoolean}, levels);
      case 1: return with(NodeKind::kAnd, std::vector<Type>(2 + choose_(3), Type::kBoolean), levels);
      case 2: return with(NodeKind::kOr, std::vector<Type>(2 + choose_(3), Type::kBoolean), levels);
      case 3: {
        const NodeKind kind = one_of({NodeKind::kEqual, NodeKind::kNotEqual});
        return with(kind, std::vector<Type>(2, kTypes[choose_(4)]), levels, true);
      }
      case 4: {
        const NodeKind kind = one_of({NodeKind::kLess, NodeKind::kLessOrEqual, NodeKind::kGreater,
                                      NodeKind::kGreaterOrEqual, NodeKind::kBetween});
        return with(kind, std::vector<Type>(kind == NodeKind::kBetween ? 3 : 2, kTypes[choose_(3)]), levels, true);
      }
      case 5: return with(NodeKind::kIn, std::vector<Type>(2 + choose_(4), kTypes[choose_(4)]), levels);
      case 6: return is_null(kTypes[choose_(4)], levels);
      default: break;
    }
    const NodeIndex operands[] = {part(Type::kText, levels, false)};
    return tree_.add({.kind = NodeKind::kLike, .text = std::string(chosen_text(choose_))}, operands);
  }

  // A field that is never NULL is not asked.
  NodeIndex is_null(Type type, std::uint32_t levels) {
    const NodeIndex operands[] = {part(type, levels, false)};
    const Node& node = tree_.nodes[operands[0]];
    const bool is_asked = node.kind != NodeKind::kField || fields_[node.field].may_be_null;
    if (is_asked) return tree_.add({.kind = NodeKind::kIsNull}, operands);
    return tree_.add({.kind = NodeKind::kEqual}, std::array{operands[0], leaf(type, true)});
  }

  NodeIndex any_type(Type type, std::uint32_t levels, bool is_typed) {
    std::vector<NodeIndex> operands;
    const std::uint32_t values = choose_(2) == 0 ? 0 : 2 + choose_(2);
    for (std::uint32_t i = 0; i < values; ++i) operands.push_back(part(type, levels, is_typed && i == 0));
    if (values > 0) return tree_.add({.kind = NodeKind::kCoalesce}, operands);
    for (std::uint32_t i = 0; i < 1 + choose_(2); ++i) {
      operands.push_back(part(Type::kBoolean, levels, false));
      operands.push_back(part(type, levels, is_typed && i == 0));
    }
    if (choose_(2) == 0) operands.push_back(part(type, levels, false));
    return tree_.add({.kind = NodeKind::kCase}, operands);
  }

  const std::span<const FieldType> fields_;
  const Choose choose_;
  Tree tree_;
};

}  // namespace salestream::expression
