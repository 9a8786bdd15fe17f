// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string>

#include "expression/date.h"
#include "expression/syntax.h"

namespace salestream::expression {
namespace {

// How strongly a node holds its operands together, from the weakest on. A weaker operand stands in parentheses.
enum class Strength : std::uint8_t { kOr, kAnd, kNot, kPredicate, kSum, kProduct, kSign, kWhole };

Strength strength_of(const Node& node) {
  switch (node.kind) {
    case NodeKind::kOr: return Strength::kOr;
    case NodeKind::kAnd: return Strength::kAnd;
    case NodeKind::kNot: return Strength::kNot;
    case NodeKind::kEqual:
    case NodeKind::kNotEqual:
    case NodeKind::kLess:
    case NodeKind::kLessOrEqual:
    case NodeKind::kGreater:
    case NodeKind::kGreaterOrEqual:
    case NodeKind::kIn:
    case NodeKind::kBetween:
    case NodeKind::kIsNull:
    case NodeKind::kLike: return Strength::kPredicate;
    case NodeKind::kAdd:
    case NodeKind::kSubtract: return Strength::kSum;
    case NodeKind::kMultiply: return Strength::kProduct;
    case NodeKind::kNegate: return Strength::kSign;
    default: return Strength::kWhole;
  }
}

Strength one_above(Strength strength) { return static_cast<Strength>(static_cast<int>(strength) + 1); }

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out += '\'';
}

std::string_view symbol_of(NodeKind kind) {
  switch (kind) {
    case NodeKind::kAdd: return " + ";
    case NodeKind::kSubtract: return " - ";
    case NodeKind::kMultiply: return " * ";
    case NodeKind::kEqual: return " = ";
    case NodeKind::kNotEqual: return " <> ";
    case NodeKind::kLess: return " < ";
    case NodeKind::kLessOrEqual: return " <= ";
    case NodeKind::kGreater: return " > ";
    case NodeKind::kGreaterOrEqual: return " >= ";
    case NodeKind::kAnd: return " AND ";
    case NodeKind::kOr: return " OR ";
    case NodeKind::kCoalesce: return "COALESCE";
    case NodeKind::kLower: return "LOWER";
    case NodeKind::kUpper: return "UPPER";
    case NodeKind::kTrim: return "TRIM";
    default: return {};
  }
}

class Writer {
 public:
  explicit Writer(const Tree& tree) : tree_(tree) {}

  std::string text_of(NodeIndex index) const { return text_of(tree_.nodes[index]); }

 private:
  std::string text_of(const Node& node) const;
  std::string negated(const Node& of) const;
  std::string predicate(const Node& node, std::string_view negation) const;
  std::string case_text(const Node& node) const;
  // Those from `first` on, with a comma between two.
  std::string list(const Node& node, std::size_t first) const;
  std::string infix(const Node& node, Strength first, Strength others) const;

  NodeIndex operand(const Node& node, std::size_t at) const { return tree_.operands_of(node)[at]; }
  std::string at_least(Strength strength, NodeIndex index) const {
    const std::string text = text_of(index);
    return strength_of(tree_.nodes[index]) < strength ? '(' + text + ')' : text;
  }

  const Tree& tree_;
};

std::string Writer::list(const Node& node, std::size_t first) const {
  std::string text = "(";
  for (std::size_t i = first; i < node.operand_count; ++i)
    (text += i == first ? "" : ", ") += text_of(operand(node, i));
  return text += ')';
}

std::string Writer::infix(const Node& node, Strength first, Strength others) const {
  std::string text = at_least(first, operand(node, 0));
  for (std::size_t i = 1; i < node.operand_count; ++i)
    (text += symbol_of(node.kind)) += at_least(others, operand(node, i));
  return text;
}

// NOT belongs to the word in these, and stands before all others.
std::string Writer::negated(const Node& of) const {
  switch (of.kind) {
    case NodeKind::kIn:
    case NodeKind::kBetween:
    case NodeKind::kLike:
    case NodeKind::kIsNull: return predicate(of, "NOT ");
    default: return {};
  }
}

std::string Writer::predicate(const Node& node, std::string_view negation) const {
  std::string text = at_least(Strength::kSum, operand(node, 0)) + ' ';
  if (node.kind == NodeKind::kIsNull) return text.append("IS ").append(negation) += "NULL";
  text += negation;
  switch (node.kind) {
    case NodeKind::kIn: return text + "IN " + list(node, 1);
    case NodeKind::kLike: return text + "LIKE " + quoted(node.text + '%');
    default:
      return text + "BETWEEN " + at_least(Strength::kSum, operand(node, 1)) + " AND " +
             at_least(Strength::kSum, operand(node, 2));
  }
}

std::string Writer::case_text(const Node& node) const {
  std::string text = "CASE";
  std::size_t i = 0;
  for (; i + 1 < node.operand_count; i += 2)
    text += " WHEN " + text_of(operand(node, i)) + " THEN " + text_of(operand(node, i + 1));
  if (i < node.operand_count) text += " ELSE " + text_of(operand(node, i));
  return text += " END";
}

std::string Writer::text_of(const Node& node) const {
  switch (node.kind) {
    case NodeKind::kNull: return "NULL";
    case NodeKind::kText: return quoted(node.text);
    case NodeKind::kNumber: return core::to_string(node.number, 0);
    case NodeKind::kBoolean: return node.boolean ? "TRUE" : "FALSE";
    case NodeKind::kDate: return "DATE '" + date_text(node.days) + '\'';
    case NodeKind::kField: return node.text;
    case NodeKind::kIn:
    case NodeKind::kBetween:
    case NodeKind::kIsNull:
    case NodeKind::kLike: return predicate(node, "");
    case NodeKind::kCase: return case_text(node);
    case NodeKind::kCoalesce:
    case NodeKind::kLower:
    case NodeKind::kUpper:
    case NodeKind::kTrim: return std::string(symbol_of(node.kind)) + list(node, 0);
    case NodeKind::kNot: {
      const std::string text = negated(tree_.nodes[operand(node, 0)]);
      return text.empty() ? "NOT " + at_least(Strength::kNot, operand(node, 0)) : text;
    }
    case NodeKind::kNegate: {
      // Two of them in a row would begin a comment of SQL.
      const std::string text = at_least(Strength::kSign, operand(node, 0));
      return (text.starts_with('-') ? "- " : "-") + text;
    }
    case NodeKind::kAnd:
    case NodeKind::kOr: return infix(node, one_above(strength_of(node)), one_above(strength_of(node)));
    case NodeKind::kAdd:
    case NodeKind::kSubtract:
    case NodeKind::kMultiply: return infix(node, strength_of(node), one_above(strength_of(node)));
    default: return infix(node, Strength::kSum, Strength::kSum);
  }
}

}  // namespace

std::string to_text(const Tree& tree) { return Writer(tree).text_of(tree.root()); }

}  // namespace salestream::expression
