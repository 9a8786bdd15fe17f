// SPDX-License-Identifier: Apache-2.0
#include "audit/condition.h"

#include <utility>

#include "base/check.h"

namespace salestream::audit {
namespace {

using expression::Node;
using expression::NodeKind;
using Result = std::optional<PlainValue>;

const PlainValue kNull;

bool is_null(const PlainValue& value) { return value.index() == 0; }
bool is(bool wanted, const PlainValue& value) { return !is_null(value) && std::get<bool>(value) == wanted; }

// In bytes, as numbers from 0 to 255.
bool is_less(const std::string& a, const std::string& b) {
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i)
    if (a[i] != b[i]) return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[i]);
  return a.size() < b.size();
}

bool is_less(const PlainValue& a, const PlainValue& b) {
  if (std::holds_alternative<std::string>(a)) return is_less(std::get<std::string>(a), std::get<std::string>(b));
  if (std::holds_alternative<Billionths>(a)) return std::get<Billionths>(a) < std::get<Billionths>(b);
  return std::get<Day>(a).since_1970 < std::get<Day>(b).since_1970;
}

// Text, each letter of ASCII moved from one alphabet to the other.
std::string moved(std::string text, char first, char to_first) {
  for (char& c : text)
    for (int letter = 0; letter < 26; ++letter)
      if (c == first + letter) {
        c = static_cast<char>(to_first + letter);
        break;
      }
  return text;
}

std::string trimmed(std::string text) {
  while (!text.empty() && text.front() == ' ') text.erase(text.begin());
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

Result in_bounds(Billionths n) {
  if (n > kMostOfAnOrder || n < -kMostOfAnOrder) return std::nullopt;
  return PlainValue(n);
}

// One row.
class Walk {
 public:
  Walk(const expression::Tree& tree, const std::vector<PlainValue>& row) : tree_(tree), row_(row) {}

  Result of(std::size_t index) const { return of(tree_.nodes[index]); }

 private:
  Result of(const Node& node) const;
  PlainValue field(const Node& node) const;
  // Those that need the values of all operands, none of which is too large.
  Result of_values(const Node& node, const std::vector<PlainValue>& values) const;
  static Result of_numbers(NodeKind kind, const std::vector<PlainValue>& values);
  static bool compared(NodeKind kind, const PlainValue& a, const PlainValue& b);
  static PlainValue between(const PlainValue& value, const PlainValue& least, const PlainValue& greatest);
  static std::string changed(NodeKind kind, const std::string& text);
  // Those that may know their value before they have seen all operands.
  Result all(const Node& node) const;
  Result any(const Node& node) const;
  Result is_in(const Node& node) const;
  Result coalesced(const Node& node) const;
  Result chosen(const Node& node) const;

  Result operand(const Node& node, std::size_t at) const { return of(tree_.operands[node.first_operand + at]); }

  const expression::Tree& tree_;
  const std::vector<PlainValue>& row_;
};

Result Walk::of(const Node& node) const {
  switch (node.kind) {
    case NodeKind::kNull: return kNull;
    case NodeKind::kText: return node.text;
    case NodeKind::kNumber: return billionths_of(node.number);
    case NodeKind::kBoolean: return node.boolean;
    case NodeKind::kDate: return Day{node.days};
    case NodeKind::kField: return field(node);
    case NodeKind::kAnd: return all(node);
    case NodeKind::kOr: return any(node);
    case NodeKind::kIn: return is_in(node);
    case NodeKind::kCoalesce: return coalesced(node);
    case NodeKind::kCase: return chosen(node);
    default: break;
  }
  std::vector<PlainValue> values;
  for (std::size_t i = 0; i < node.operand_count; ++i) {
    Result value = operand(node, i);
    if (!value) return value;
    values.push_back(std::move(*value));
  }
  return of_values(node, values);
}

PlainValue Walk::field(const Node& node) const {
  SALESTREAM_CHECK(node.field < row_.size());
  const PlainValue& value = row_[node.field];
  const bool is_of_type = std::holds_alternative<std::string>(value)  ? node.field_type == expression::Type::kText
                          : std::holds_alternative<Billionths>(value) ? node.field_type == expression::Type::kNumber
                          : std::holds_alternative<bool>(value)       ? node.field_type == expression::Type::kBoolean
                          : std::holds_alternative<Day>(value)        ? node.field_type == expression::Type::kDate
                                                                      : true;
  SALESTREAM_CHECK(is_of_type);
  return value;
}

Result Walk::of_values(const Node& node, const std::vector<PlainValue>& values) const {
  const PlainValue& first = values.front();
  if (node.kind == NodeKind::kIsNull) return is_null(first);
  if (node.kind == NodeKind::kBetween) return between(first, values[1], values[2]);
  for (const PlainValue& value : values)
    if (is_null(value)) return kNull;
  switch (node.kind) {
    case NodeKind::kNot: return !std::get<bool>(first);
    case NodeKind::kLike: return std::get<std::string>(first).substr(0, node.text.size()) == node.text;
    case NodeKind::kLower:
    case NodeKind::kUpper:
    case NodeKind::kTrim: return changed(node.kind, std::get<std::string>(first));
    case NodeKind::kAdd:
    case NodeKind::kSubtract:
    case NodeKind::kMultiply:
    case NodeKind::kNegate: return of_numbers(node.kind, values);
    default: return compared(node.kind, first, values[1]);
  }
}

Result Walk::of_numbers(NodeKind kind, const std::vector<PlainValue>& values) {
  const Billionths a = std::get<Billionths>(values.front()), b = std::get<Billionths>(values.back());
  if (kind == NodeKind::kNegate) return in_bounds(-a);
  if (kind == NodeKind::kMultiply) {
    const std::optional<Billionths> product = times(a, b);
    return product ? in_bounds(*product) : std::nullopt;
  }
  Billionths sum = a;
  if (!add_to(sum, kind == NodeKind::kAdd ? b : -b)) return std::nullopt;
  return in_bounds(sum);
}

bool Walk::compared(NodeKind kind, const PlainValue& a, const PlainValue& b) {
  switch (kind) {
    case NodeKind::kEqual: return a == b;
    case NodeKind::kNotEqual: return a != b;
    case NodeKind::kLess: return is_less(a, b);
    case NodeKind::kLessOrEqual: return !is_less(b, a);
    case NodeKind::kGreater: return is_less(b, a);
    case NodeKind::kGreaterOrEqual: return !is_less(a, b);
    default: SALESTREAM_CHECK(false);
  }
  return false;
}

// FALSE when one of the two sides is so, whatever is known of the other.
PlainValue Walk::between(const PlainValue& value, const PlainValue& least, const PlainValue& greatest) {
  if (is_null(value)) return kNull;
  const bool is_below = !is_null(least) && is_less(value, least);
  const bool is_above = !is_null(greatest) && is_less(greatest, value);
  if (is_below || is_above) return false;
  if (is_null(least) || is_null(greatest)) return kNull;
  return true;
}

std::string Walk::changed(NodeKind kind, const std::string& text) {
  if (kind == NodeKind::kTrim) return trimmed(text);
  return kind == NodeKind::kLower ? moved(text, 'A', 'a') : moved(text, 'a', 'A');
}

Result Walk::all(const Node& node) const {
  bool has_null = false;
  for (std::size_t i = 0; i < node.operand_count; ++i) {
    const Result value = operand(node, i);
    if (!value || is(false, *value)) return value;
    has_null = has_null || is_null(*value);
  }
  return has_null ? kNull : PlainValue(true);
}

Result Walk::any(const Node& node) const {
  bool has_null = false;
  for (std::size_t i = 0; i < node.operand_count; ++i) {
    const Result value = operand(node, i);
    if (!value || is(true, *value)) return value;
    has_null = has_null || is_null(*value);
  }
  return has_null ? kNull : PlainValue(false);
}

Result Walk::is_in(const Node& node) const {
  const Result looked_for = operand(node, 0);
  if (!looked_for || is_null(*looked_for)) return looked_for;
  bool has_null = false;
  for (std::size_t i = 1; i < node.operand_count; ++i) {
    const Result value = operand(node, i);
    if (!value) return value;
    if (*value == *looked_for) return true;
    has_null = has_null || is_null(*value);
  }
  return has_null ? kNull : PlainValue(false);
}

Result Walk::coalesced(const Node& node) const {
  for (std::size_t i = 0; i < node.operand_count; ++i) {
    Result value = operand(node, i);
    if (!value || !is_null(*value)) return value;
  }
  return kNull;
}

Result Walk::chosen(const Node& node) const {
  std::size_t i = 0;
  while (i + 1 < node.operand_count) {
    const Result condition = operand(node, i);
    if (!condition) return condition;
    if (is(true, *condition)) return operand(node, i + 1);
    i += 2;
  }
  return i < node.operand_count ? operand(node, i) : Result(kNull);
}

}  // namespace

std::optional<PlainValue> value_of(const expression::Tree& tree, const std::vector<PlainValue>& row) {
  SALESTREAM_CHECK(!tree.nodes.empty());
  return Walk(tree, row).of(tree.root());
}

}  // namespace salestream::audit
