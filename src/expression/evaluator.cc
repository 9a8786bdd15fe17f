// SPDX-License-Identifier: Apache-2.0
#include "expression/evaluator.h"

#include <optional>
#include <utility>

#include "base/check.h"

namespace salestream::expression {
namespace {

using core::Decimal;
using core::Value;

// A buffer that has grown beyond this is given back: no text of an order is usually as long.
constexpr std::size_t kMaxKeptBufferBytes = 64 * 1024;

const Value kNullValue, kTrueValue = Value::of_boolean(true), kFalseValue = Value::of_boolean(false);

Value::Kind kind_of(Type type) {
  switch (type) {
    case Type::kText: return Value::Kind::kText;
    case Type::kNumber: return Value::Kind::kNumber;
    case Type::kBoolean: return Value::Kind::kBoolean;
    case Type::kDate: return Value::Kind::kDate;
  }
  return Value::Kind::kNull;
}

Value literal(const Node& node) {
  switch (node.kind) {
    case NodeKind::kText: return Value::of_text(node.text);
    case NodeKind::kNumber: return Value::of_number(node.number);
    case NodeKind::kBoolean: return Value::of_boolean(node.boolean);
    case NodeKind::kDate: return Value::of_date(node.days);
    default: return Value::null();
  }
}

// Below zero, zero, above. Of two values of one type, neither of them NULL.
int order_of(const Value& a, const Value& b) {
  switch (a.kind) {
    case Value::Kind::kText: return a.text.compare(b.text);
    case Value::Kind::kNumber: return a.number < b.number ? -1 : a.number > b.number ? 1 : 0;
    case Value::Kind::kDate: return a.days < b.days ? -1 : a.days > b.days ? 1 : 0;
    default: return static_cast<int>(a.boolean) - static_cast<int>(b.boolean);
  }
}

bool holds(NodeKind kind, const Value& a, const Value& b) {
  switch (kind) {
    case NodeKind::kEqual: return a == b;
    case NodeKind::kNotEqual: return !(a == b);
    case NodeKind::kLess: return order_of(a, b) < 0;
    case NodeKind::kLessOrEqual: return order_of(a, b) <= 0;
    case NodeKind::kGreater: return order_of(a, b) > 0;
    default: return order_of(a, b) >= 0;
  }
}

std::optional<Decimal> result_of(NodeKind kind, Decimal a, Decimal b) {
  switch (kind) {
    case NodeKind::kAdd: return core::add(a, b);
    case NodeKind::kSubtract: return core::subtract(a, b);
    default: return core::multiply(a, b);
  }
}

std::string_view without_spaces(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

bool is_between(char c, char first, char last) { return c >= first && c <= last; }

// The letters from `first` to `last` are to become those of the other case.
std::string_view in_other_case(std::string_view text, char first, char last, std::string& buffer) {
  constexpr char kCaseBit = 0x20;
  std::size_t at = 0;
  while (at < text.size() && !is_between(text[at], first, last)) ++at;
  if (at == text.size()) return text;
  if (buffer.capacity() > kMaxKeptBufferBytes) buffer = std::string();
  buffer.assign(text);
  for (; at < buffer.size(); ++at)
    if (is_between(buffer[at], first, last)) buffer[at] = static_cast<char>(buffer[at] ^ kCaseBit);
  return buffer;
}

}  // namespace

Evaluator::Evaluator(Tree tree) : tree_(std::move(tree)) {
  SALESTREAM_CHECK(!tree_.nodes.empty());
  std::uint16_t buffers = 0;
  for (const Node& node : tree_.nodes) {
    const bool has_buffer = node.kind == NodeKind::kLower || node.kind == NodeKind::kUpper;
    steps_.push_back({node.kind, kind_of(node.field_type), node.field, has_buffer ? buffers++ : std::uint16_t{0},
                      node.first_operand, node.operand_count});
    values_.push_back(literal(node));
  }
  buffers_.resize(buffers);
}

Fault Evaluator::evaluate(std::span<const Value> row, Value& result) {
  row_ = row;
  const Value* const found = value_of(tree_.root());
  if (found == nullptr) return Fault::kTooLarge;
  result = *found;
  return Fault::kNone;
}

const Value* Evaluator::value_of(NodeIndex index) {
  const Step& step = steps_[index];
  switch (step.kind) {
    case NodeKind::kNull:
    case NodeKind::kText:
    case NodeKind::kNumber:
    case NodeKind::kBoolean:
    case NodeKind::kDate: return &values_[index];
    case NodeKind::kField: return field_value(step);
    default: return computed(index);
  }
}

const Value* Evaluator::field_value(const Step& step) const {
  SALESTREAM_CHECK(step.field < row_.size());
  const Value& value = row_[step.field];
  SALESTREAM_CHECK(value.kind == step.field_kind || value.is_null());
  return &value;
}

const Value* Evaluator::computed(NodeIndex index) {
  switch (steps_[index].kind) {
    case NodeKind::kAdd:
    case NodeKind::kSubtract:
    case NodeKind::kMultiply:
    case NodeKind::kNegate: return arithmetic(index);
    case NodeKind::kCoalesce: return coalesce(steps_[index]);
    case NodeKind::kCase: return choice(steps_[index]);
    case NodeKind::kLower:
    case NodeKind::kUpper:
    case NodeKind::kTrim: return changed_text(index);
    default: break;
  }
  switch (truth_of(index)) {
    case Truth::kFalse: return &kFalseValue;
    case Truth::kTrue: return &kTrueValue;
    case Truth::kNull: return &kNullValue;
    case Truth::kFault: break;
  }
  return nullptr;
}

const Value* Evaluator::arithmetic(NodeIndex index) {
  const Step& step = steps_[index];
  // -x is 0 - x.
  static constexpr Value kZero = Value::of_number(Decimal());
  const bool is_sign = step.kind == NodeKind::kNegate;
  const Value* const a = is_sign ? &kZero : value_of(operand(step, 0));
  const Value* const b = value_of(operand(step, is_sign ? 0 : 1));
  if (a == nullptr || b == nullptr) return nullptr;
  if (a->is_null() || b->is_null()) return &kNullValue;
  const auto result = result_of(is_sign ? NodeKind::kSubtract : step.kind, a->number, b->number);
  if (!result || !core::within_max_amount(*result)) return nullptr;
  values_[index] = Value::of_number(*result);
  return &values_[index];
}

const Value* Evaluator::coalesce(const Step& step) {
  for (std::size_t i = 0; i < step.operand_count; ++i) {
    const Value* const value = value_of(operand(step, i));
    if (value == nullptr || !value->is_null()) return value;
  }
  return &kNullValue;
}

const Value* Evaluator::choice(const Step& step) {
  std::size_t i = 0;
  for (; i + 1U < step.operand_count; i += 2) {
    const Truth truth = truth_of(operand(step, i));
    if (truth == Truth::kFault) return nullptr;
    if (truth == Truth::kTrue) return value_of(operand(step, i + 1));
  }
  return i < step.operand_count ? value_of(operand(step, i)) : &kNullValue;
}

const Value* Evaluator::changed_text(NodeIndex index) {
  const Step& step = steps_[index];
  const Value* const value = value_of(operand(step, 0));
  if (value == nullptr || value->is_null()) return value;
  std::string_view text = value->text;
  switch (step.kind) {
    case NodeKind::kLower: text = in_other_case(text, 'A', 'Z', buffers_[step.buffer]); break;
    case NodeKind::kUpper: text = in_other_case(text, 'a', 'z', buffers_[step.buffer]); break;
    default: text = without_spaces(text); break;
  }
  values_[index] = Value::of_text(text);
  return &values_[index];
}

Evaluator::Truth Evaluator::truth_of(NodeIndex index) {
  const Step& step = steps_[index];
  switch (step.kind) {
    case NodeKind::kAnd: return all_of(step, Truth::kFalse);
    case NodeKind::kOr: return all_of(step, Truth::kTrue);
    case NodeKind::kNot: return negation(step);
    case NodeKind::kEqual:
    case NodeKind::kNotEqual:
    case NodeKind::kLess:
    case NodeKind::kLessOrEqual:
    case NodeKind::kGreater:
    case NodeKind::kGreaterOrEqual: return comparison(step);
    case NodeKind::kIn: return membership(step);
    case NodeKind::kBetween: return range(step);
    case NodeKind::kLike: return likeness(index);
    case NodeKind::kIsNull: return nullness(step);
    default: break;
  }
  const Value* const value = value_of(index);
  if (value == nullptr) return Truth::kFault;
  if (value->is_null()) return Truth::kNull;
  return value->boolean ? Truth::kTrue : Truth::kFalse;
}

// AND ends at the first FALSE, OR at the first TRUE. Otherwise a NULL among the others is what comes out.
Evaluator::Truth Evaluator::all_of(const Step& step, Truth ending) {
  Truth result = ending == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
  for (std::size_t i = 0; i < step.operand_count; ++i) {
    const Truth truth = truth_of(operand(step, i));
    if (truth == ending || truth == Truth::kFault) return truth;
    if (truth == Truth::kNull) result = truth;
  }
  return result;
}

Evaluator::Truth Evaluator::negation(const Step& step) {
  const Truth truth = truth_of(operand(step, 0));
  if (truth == Truth::kTrue) return Truth::kFalse;
  return truth == Truth::kFalse ? Truth::kTrue : truth;
}

Evaluator::Truth Evaluator::comparison(const Step& step) {
  const Value* const a = value_of(operand(step, 0));
  if (a == nullptr) return Truth::kFault;
  const Value* const b = value_of(operand(step, 1));
  if (b == nullptr) return Truth::kFault;
  if (a->is_null() || b->is_null()) return Truth::kNull;
  return holds(step.kind, *a, *b) ? Truth::kTrue : Truth::kFalse;
}

Evaluator::Truth Evaluator::membership(const Step& step) {
  const Value* const value = value_of(operand(step, 0));
  if (value == nullptr) return Truth::kFault;
  if (value->is_null()) return Truth::kNull;
  Truth result = Truth::kFalse;
  for (std::size_t i = 1; i < step.operand_count; ++i) {
    const Value* const each = value_of(operand(step, i));
    if (each == nullptr) return Truth::kFault;
    if (each->is_null())
      result = Truth::kNull;
    else if (*each == *value)
      return Truth::kTrue;
  }
  return result;
}

// value >= least AND value <= greatest
Evaluator::Truth Evaluator::range(const Step& step) {
  const Value* const value = value_of(operand(step, 0));
  const Value* const least = value == nullptr ? nullptr : value_of(operand(step, 1));
  const Value* const greatest = least == nullptr ? nullptr : value_of(operand(step, 2));
  if (greatest == nullptr) return Truth::kFault;
  if (value->is_null()) return Truth::kNull;
  if (!least->is_null() && order_of(*value, *least) < 0) return Truth::kFalse;
  if (!greatest->is_null() && order_of(*value, *greatest) > 0) return Truth::kFalse;
  return least->is_null() || greatest->is_null() ? Truth::kNull : Truth::kTrue;
}

Evaluator::Truth Evaluator::likeness(NodeIndex index) {
  const Value* const value = value_of(operand(steps_[index], 0));
  if (value == nullptr) return Truth::kFault;
  if (value->is_null()) return Truth::kNull;
  return value->text.starts_with(tree_.nodes[index].text) ? Truth::kTrue : Truth::kFalse;
}

Evaluator::Truth Evaluator::nullness(const Step& step) {
  const Value* const value = value_of(operand(step, 0));
  if (value == nullptr) return Truth::kFault;
  return value->is_null() ? Truth::kTrue : Truth::kFalse;
}

}  // namespace salestream::expression
