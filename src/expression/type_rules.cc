// SPDX-License-Identifier: Apache-2.0
#include "expression/type_rules.h"

#include "base/utf8.h"
#include "core/decimal.h"
#include "expression/date.h"
#include "expression/lexer.h"

namespace salestream::expression {
namespace {

// How a literal is written as one of another type; empty: it can't be, or is none.
std::string written_as(const Tree& tree, Type wanted, const Operand& operand) {
  const Node& node = tree.nodes[operand.node];
  const bool is_text = node.kind == NodeKind::kText;
  switch (wanted) {
    case Type::kText:
      return node.kind == NodeKind::kNumber && !operand.source.starts_with('(')
                 ? "'" + std::string(operand.source) + "'"
                 : "";
    case Type::kNumber:
      return is_text && core::parse_number(node.text).status == core::NumberStatus::kOk ? node.text : "";
    case Type::kDate: return is_text && days_of(node.text) ? "DATE '" + node.text + "'" : "";
    case Type::kBoolean:
      if (node.kind == NodeKind::kNumber && node.number.is_zero()) return "FALSE";
      if (node.kind == NodeKind::kNumber && node.number == core::Decimal::from_integer(1)) return "TRUE";
      if (is_text && (upper_case(node.text) == "TRUE" || upper_case(node.text) == "FALSE"))
        return upper_case(node.text);
      return "";
  }
  return "";
}

std::string advice(const std::string& written) { return written.empty() ? "" : "; write " + written; }

std::string is_of_type(const Operand& operand) {
  return shown(operand.source).append(" is ").append(name_of(*operand.type));
}

std::string_view plural_of(Type type) {
  switch (type) {
    case Type::kText: return "text";
    case Type::kNumber: return "numbers";
    case Type::kBoolean: return "booleans";
    case Type::kDate: return "dates";
  }
  return {};
}

}  // namespace

std::string shown(std::string_view source) {
  constexpr std::size_t kMostCharacters = 40;
  std::string out;
  std::size_t characters = 0;
  for (std::size_t i = 0; i < source.size();) {
    const std::size_t length = std::max<std::size_t>(base::utf8_sequence_length(source, i), 1);
    const bool is_space = std::string_view(" \t\r\n").find(source[i]) != std::string_view::npos;
    if (!is_space || !out.ends_with(' ')) {
      if (++characters > kMostCharacters) return out += "…";
      out += is_space ? std::string_view(" ") : source.substr(i, length);
    }
    i += length;
  }
  return out;
}

std::optional<Complaint> unlike_types(const Tree& tree, const Operand& a, const Operand& b) {
  if (!a.type || !b.type || *a.type == *b.type) return std::nullopt;
  const std::string sentence = is_of_type(a) + ", and " + is_of_type(b);
  const std::string instead_of_b = written_as(tree, *a.type, b);
  if (!instead_of_b.empty()) return Complaint{b.begin, sentence + advice(instead_of_b)};
  const std::string instead_of_a = written_as(tree, *b.type, a);
  return Complaint{instead_of_a.empty() ? b.begin : a.begin, sentence + advice(instead_of_a)};
}

std::optional<Complaint> other_than(const Tree& tree, Type wanted, std::string_view taker, const Operand& operand) {
  if (!operand.type || *operand.type == wanted) return std::nullopt;
  std::string sentence = is_of_type(operand).append(", and ").append(taker).append(" takes ");
  sentence.append(plural_of(wanted)).append(advice(written_as(tree, wanted, operand)));
  return Complaint{operand.begin, std::move(sentence)};
}

std::optional<Complaint> not_wanted(const Tree& tree, Type wanted, const Operand& whole) {
  if (!whole.type || *whole.type == wanted) return std::nullopt;
  std::string sentence = is_of_type(whole).append(", and ").append(name_of(wanted)).append(" is needed here");
  return Complaint{whole.begin, sentence + advice(written_as(tree, wanted, whole))};
}

std::optional<Complaint> not_comparable(const Tree& tree, std::string_view symbol, const Operand& a, const Operand& b) {
  if (!a.type || !b.type) {
    const Operand& null = b.type ? a : b;
    const std::string other = shown((b.type ? b : a).source);
    const std::string instead = symbol == "<>" || symbol == "!=" ? " IS NOT NULL" : " IS NULL";
    return Complaint{null.begin, "a comparison with NULL is never true; write " + other + instead};
  }
  if (auto unlike = unlike_types(tree, a, b)) return unlike;
  if (*a.type == Type::kBoolean && symbol != "=" && symbol != "<>" && symbol != "!=")
    return Complaint{a.begin, "TRUE and FALSE have no order; compare " + shown(a.source) + " with = or <>"};
  return std::nullopt;
}

std::optional<std::string> no_pattern(std::string_view pattern) {
  if (pattern.find('_') != std::string_view::npos)
    return "in SQL _ stands for any character, and LIKE has no more than one % here, at the end";
  if (pattern.find('\\') != std::string_view::npos)
    return "in SQL a backslash escapes what follows, and LIKE has no more than one % here, at the end";
  if (pattern.find('%') == std::string_view::npos)
    return "a pattern without % at its end is the text itself; write = instead of LIKE";
  if (pattern.find('%') != pattern.size() - 1) return "LIKE has no more than one % here, at the end";
  return std::nullopt;
}

}  // namespace salestream::expression
