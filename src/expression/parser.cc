// SPDX-License-Identifier: Apache-2.0
#include "expression/parser.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/result.h"
#include "expression/date.h"
#include "expression/excerpt.h"
#include "expression/lexer.h"
#include "expression/type_rules.h"
#include "expression/vocabulary.h"

namespace salestream::expression {
namespace {

using Outcome = base::Result<Operand>;
using Kind = Token::Kind;

// One text. By recursive descent: each function reads what holds its operands together as strongly as its name says, or
// more. The first error ends it.
class Parser {
 public:
  Parser(std::string_view text, std::span<const FieldType> fields)
      : text_(text), fields_(fields), tokens_(tokens_of(text)) {}

  base::Status read(Type wanted);
  Tree take_tree() && { return std::move(tree_); }
  std::size_t error_offset() const { return error_offset_; }

 private:
  // Tokens.
  const Token& here() const { return tokens_[at_]; }
  const Token& behind() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool take_word(std::string_view word) { return here().is_word(word) && (take(), true); }
  bool take_symbol(std::string_view symbol) { return here().is_symbol(symbol) && (take(), true); }
  base::Status expect_word(std::string_view word) { return take_word(word) ? base::Status() : missing(word); }
  base::Status expect_symbol(std::string_view symbol) { return take_symbol(symbol) ? base::Status() : missing(symbol); }

  // Errors.
  base::Error fail(std::size_t offset, std::string message);
  base::Error fail_here(std::string message) { return fail(here().begin, std::move(message)); }
  base::Error missing(std::string_view what);
  base::Error leftover();
  base::Status accept(std::optional<Complaint> complaint) {
    return complaint ? fail(complaint->offset, std::move(complaint->message)) : base::Status();
  }

  // Nodes. What they are operands of begins at `begin` and ends where the parser is.
  Outcome add(Node node, std::optional<Type> type, std::size_t begin, std::span<const Operand> operands);
  Outcome add(NodeKind kind, std::optional<Type> type, std::size_t begin, std::span<const Operand> operands) {
    return add(Node{.kind = kind}, type, begin, operands);
  }
  std::string_view source_from(std::size_t begin) const {
    return text_.substr(begin, at_ == 0 ? 0 : tokens_[at_ - 1].end() - begin);
  }

  Outcome nested(Outcome (Parser::*part)());
  Outcome whole() { return nested(&Parser::disjunction); }
  Outcome disjunction() { return chain(NodeKind::kOr, "OR", &Parser::conjunction); }
  Outcome conjunction() { return chain(NodeKind::kAnd, "AND", &Parser::negation); }
  Outcome chain(NodeKind kind, std::string_view word, Outcome (Parser::*part)());
  Outcome negation();
  Outcome negated() { return negation(); }
  Outcome predicate();
  Outcome comparison(const Operand& left, const Comparison& comparison);
  Outcome membership(const Operand& left);
  Outcome range(const Operand& left);
  Outcome likeness(const Operand& left);
  Outcome nullness(const Operand& left);
  Outcome sum();
  Outcome product();
  Outcome arithmetic(NodeKind kind, std::string_view symbol, const Operand& left, Outcome (Parser::*part)());
  Outcome sign();
  Outcome value();
  Outcome number();
  Outcome date();
  Outcome field();
  Outcome function();
  Outcome choice();
  Outcome in_parentheses();
  base::Result<std::vector<Operand>> list();
  base::Result<std::optional<Type>> type_of_all(std::span<const Operand> operands);

  const std::string_view text_;
  const std::span<const FieldType> fields_;
  const std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t level_ = 0;             // of parentheses and the like around here
  std::vector<std::size_t> heights_;  // of the nodes
  std::size_t error_offset_ = 0;
  Tree tree_;
};

base::Error Parser::fail(std::size_t offset, std::string message) {
  error_offset_ = offset;
  return base::usage_error(std::move(message));
}

base::Error Parser::missing(std::string_view what) {
  const Token& token = here();
  if (token.kind == Kind::kBad) return fail_here(token.value);
  const std::string place = token.kind == Kind::kEnd ? "at the end" : "before " + shown(token.source);
  return fail_here(std::string(what) + " is missing " + place);
}

// What stands behind a whole expression.
base::Error Parser::leftover() {
  if (here().is_symbol(")")) return fail_here("there is no ( for this )");
  if (here().is_symbol(",")) return fail_here("a comma stands between values in parentheses only");
  const bool is_predicate = here().is_word("IS") || here().is_word("IN") || here().is_word("LIKE") ||
                            here().is_word("BETWEEN") || here().is_word("NOT");
  if (is_predicate || comparison_of(here()) != nullptr)
    return fail_here("comparisons do not follow each other; put one in parentheses, or AND between the two");
  return missing("an operator");
}

Outcome Parser::add(Node node, std::optional<Type> type, std::size_t begin, std::span<const Operand> operands) {
  std::vector<NodeIndex> indexes;
  std::size_t height = 1;
  for (const Operand& operand : operands) {
    indexes.push_back(operand.node);
    height = std::max(height, heights_[operand.node] + 1);
  }
  if (height > kMaxLevels) return fail(begin, "this is nested in more than " + std::to_string(kMaxLevels) + " levels");
  if (tree_.nodes.size() == kMaxNodes)
    return fail(begin,
                "the expression has more than " + std::to_string(kMaxNodes) + " values, operators and functions");
  heights_.push_back(height);
  return Operand{tree_.add(std::move(node), indexes), type, begin, source_from(begin)};
}

Outcome Parser::nested(Outcome (Parser::*part)()) {
  if (level_ == kMaxLevels) return fail_here("this is nested in more than " + std::to_string(kMaxLevels) + " levels");
  ++level_;
  Outcome outcome = (this->*part)();
  --level_;
  return outcome;
}

Outcome Parser::chain(NodeKind kind, std::string_view word, Outcome (Parser::*part)()) {
  SALESTREAM_ASSIGN(const Operand first, (this->*part)());
  if (!here().is_word(word)) return first;
  std::vector<Operand> operands = {first};
  while (take_word(word)) {
    SALESTREAM_ASSIGN(const Operand next, (this->*part)());
    operands.push_back(next);
  }
  for (const Operand& each : operands) SALESTREAM_TRY(accept(other_than(tree_, Type::kBoolean, word, each)));
  return add(kind, Type::kBoolean, first.begin, operands);
}

Outcome Parser::negation() {
  const std::size_t begin = here().begin;
  if (!take_word("NOT")) return predicate();
  SALESTREAM_ASSIGN(const Operand operand, nested(&Parser::negation));
  SALESTREAM_TRY(accept(other_than(tree_, Type::kBoolean, "NOT", operand)));
  return add(NodeKind::kNot, Type::kBoolean, begin, std::array{operand});
}

Outcome Parser::predicate() {
  SALESTREAM_ASSIGN(const Operand left, sum());
  if (const Comparison* const found = comparison_of(here())) return comparison(left, *found);
  if (take_word("IS")) return nullness(left);
  const bool is_negated = take_word("NOT");
  Outcome found = left;
  if (take_word("IN"))
    found = membership(left);
  else if (take_word("BETWEEN"))
    found = range(left);
  else if (take_word("LIKE"))
    found = likeness(left);
  else if (is_negated)
    return missing("IN, BETWEEN or LIKE");
  if (!is_negated || !found.ok()) return found;
  return add(NodeKind::kNot, Type::kBoolean, left.begin, std::array{*found});
}

Outcome Parser::comparison(const Operand& left, const Comparison& comparison) {
  take();
  SALESTREAM_ASSIGN(const Operand right, sum());
  SALESTREAM_TRY(accept(not_comparable(tree_, comparison.symbol, left, right)));
  return add(comparison.kind, Type::kBoolean, left.begin, std::array{left, right});
}

Outcome Parser::membership(const Operand& left) {
  SALESTREAM_ASSIGN(std::vector<Operand> operands, list());
  operands.insert(operands.begin(), left);
  SALESTREAM_TRY(type_of_all(operands));
  return add(NodeKind::kIn, Type::kBoolean, left.begin, operands);
}

Outcome Parser::range(const Operand& left) {
  SALESTREAM_ASSIGN(const Operand least, sum());
  SALESTREAM_TRY(expect_word("AND"));
  SALESTREAM_ASSIGN(const Operand greatest, sum());
  SALESTREAM_TRY(accept(not_comparable(tree_, "BETWEEN", left, least)));
  SALESTREAM_TRY(accept(not_comparable(tree_, "BETWEEN", left, greatest)));
  return add(NodeKind::kBetween, Type::kBoolean, left.begin, std::array{left, least, greatest});
}

Outcome Parser::likeness(const Operand& left) {
  if (here().kind != Kind::kText) return missing("a pattern in quotes, such as 'abc%',");
  SALESTREAM_TRY(accept(other_than(tree_, Type::kText, "LIKE", left)));
  if (auto why = no_pattern(here().value)) return fail_here(std::move(*why));
  const std::string& pattern = take().value;
  Node node{.kind = NodeKind::kLike, .text = pattern.substr(0, pattern.size() - 1)};
  return add(std::move(node), Type::kBoolean, left.begin, std::array{left});
}

Outcome Parser::nullness(const Operand& left) {
  const bool is_negated = take_word("NOT");
  SALESTREAM_TRY(expect_word("NULL"));
  const Node& node = tree_.nodes[left.node];
  if (node.kind == NodeKind::kField && !fields_[node.field].may_be_null)
    return fail(left.begin, node.text +
                                " is never NULL; to have it NULL where it is missing, write `default: null` in "
                                "its definition");
  SALESTREAM_ASSIGN(const Operand is_null, add(NodeKind::kIsNull, Type::kBoolean, left.begin, std::array{left}));
  return is_negated ? add(NodeKind::kNot, Type::kBoolean, left.begin, std::array{is_null}) : is_null;
}

Outcome Parser::sum() {
  SALESTREAM_ASSIGN(Operand left, product());
  while (here().is_symbol("+") || here().is_symbol("-")) {
    const bool is_plus = take().source == "+";
    const NodeKind kind = is_plus ? NodeKind::kAdd : NodeKind::kSubtract;
    SALESTREAM_ASSIGN(left, arithmetic(kind, is_plus ? "+" : "-", left, &Parser::product));
  }
  return left;
}

Outcome Parser::product() {
  SALESTREAM_ASSIGN(Operand left, sign());
  while (take_symbol("*")) {
    SALESTREAM_ASSIGN(left, arithmetic(NodeKind::kMultiply, "*", left, &Parser::sign));
  }
  return left;
}

Outcome Parser::arithmetic(NodeKind kind, std::string_view symbol, const Operand& left, Outcome (Parser::*part)()) {
  SALESTREAM_ASSIGN(const Operand right, (this->*part)());
  SALESTREAM_TRY(accept(other_than(tree_, Type::kNumber, symbol, left)));
  SALESTREAM_TRY(accept(other_than(tree_, Type::kNumber, symbol, right)));
  return add(kind, Type::kNumber, left.begin, std::array{left, right});
}

// That of a number in digits belongs to it.
Outcome Parser::sign() {
  const std::size_t begin = here().begin;
  if (!take_symbol("-")) return value();
  SALESTREAM_ASSIGN(Operand operand, nested(&Parser::sign));
  SALESTREAM_TRY(accept(other_than(tree_, Type::kNumber, "-", operand)));
  Node& node = tree_.nodes[operand.node];
  if (node.kind != NodeKind::kNumber) return add(NodeKind::kNegate, Type::kNumber, begin, std::array{operand});
  node.number = core::Decimal::from_scaled(-node.number.scaled());
  return Operand{operand.node, Type::kNumber, begin, source_from(begin)};
}

Outcome Parser::value() {
  const Token& token = here();
  const bool is_called = behind().is_symbol("(");
  if (token.is_symbol("(")) return in_parentheses();
  if (token.kind == Kind::kNumber) return number();
  if (token.kind == Kind::kText) {
    take();
    return add(Node{.kind = NodeKind::kText, .text = token.value}, Type::kText, token.begin, {});
  }
  if (token.is_word("DATE") && behind().kind == Kind::kText) return date();
  if (token.is_word("CASE")) return choice();
  if (take_word("NULL")) return add(NodeKind::kNull, std::nullopt, token.begin, {});
  if (token.is_word("TRUE") || token.is_word("FALSE")) {
    take();
    return add(Node{.kind = NodeKind::kBoolean, .boolean = token.is_word("TRUE")}, Type::kBoolean, token.begin, {});
  }
  if (token.is_word("NOT")) return fail_here("NOT stands before a whole condition; put it in parentheses with that");
  if (token.kind != Kind::kWord || is_keyword(token.source)) return missing("a value");
  return is_called ? function() : field();
}

Outcome Parser::in_parentheses() {
  const std::size_t begin = take().begin;
  SALESTREAM_ASSIGN(Operand inner, whole());
  SALESTREAM_TRY(expect_symbol(")"));
  inner.begin = begin;
  inner.source = source_from(begin);
  return inner;
}

Outcome Parser::number() {
  const Token& token = here();
  const core::ParsedNumber read = core::parse_number(token.source);
  if (read.status == core::NumberStatus::kNotANumber)
    return fail_here(shown(token.source) + " begins with a 0 too many");
  if (read.status == core::NumberStatus::kTooLarge) return fail_here(shown(token.source) + " is beyond 10^18");
  const std::size_t point = token.source.find('.');
  if (point != std::string_view::npos &&
      token.source.find_last_not_of('0') > point + static_cast<std::size_t>(core::Decimal::kFractionDigits))
    return fail_here(shown(token.source) + " has more than nine digits behind its point");
  take();
  return add(Node{.kind = NodeKind::kNumber, .number = read.value}, Type::kNumber, token.begin, {});
}

Outcome Parser::date() {
  const std::size_t begin = take().begin;
  const auto days = days_of(here().value);
  if (!days) return fail_here(shown(here().source) + " is no date, which is written '2024-12-31'");
  take();
  return add(Node{.kind = NodeKind::kDate, .days = *days}, Type::kDate, begin, {});
}

Outcome Parser::field() {
  const Token& token = here();
  const auto found =
      std::find_if(fields_.begin(), fields_.end(), [&](const FieldType& each) { return each.name == token.source; });
  if (found == fields_.end()) return fail_here(unknown_field(token.source, fields_));
  take();
  Node node{.kind = NodeKind::kField,
            .field_type = found->type,
            .field = static_cast<std::uint16_t>(found - fields_.begin()),
            .text = found->name};
  return add(std::move(node), found->type, token.begin, {});
}

// Values in parentheses, one at least.
base::Result<std::vector<Operand>> Parser::list() {
  SALESTREAM_TRY(expect_symbol("("));
  std::vector<Operand> operands;
  do {
    SALESTREAM_ASSIGN(const Operand next, whole());
    operands.push_back(next);
  } while (take_symbol(","));
  SALESTREAM_TRY(expect_symbol(")"));
  return operands;
}

Outcome Parser::function() {
  const Token& name = here();
  const Function* const found = function_of(name);
  if (found == nullptr) return fail_here(unknown_function(name.source));
  take();
  SALESTREAM_ASSIGN(const std::vector<Operand> operands, list());
  if (found->kind != NodeKind::kCoalesce) {
    if (operands.size() > 1) return fail(operands[1].begin, std::string(found->name) + " takes one text");
    SALESTREAM_TRY(accept(other_than(tree_, Type::kText, found->name, operands[0])));
    return add(found->kind, Type::kText, name.begin, operands);
  }
  if (operands.size() == 1) return fail(name.begin, "COALESCE takes two values or more");
  SALESTREAM_ASSIGN(const std::optional<Type> type, type_of_all(operands));
  return add(found->kind, type, name.begin, operands);
}

// The one type of values of which any may be taken.
base::Result<std::optional<Type>> Parser::type_of_all(std::span<const Operand> operands) {
  const auto first =
      std::find_if(operands.begin(), operands.end(), [](const Operand& each) { return each.type.has_value(); });
  if (first == operands.end()) return std::optional<Type>();
  for (const Operand& each : operands) SALESTREAM_TRY(accept(unlike_types(tree_, *first, each)));
  return first->type;
}

// CASE WHEN condition THEN value … ELSE value END
Outcome Parser::choice() {
  const std::size_t begin = take().begin;
  std::vector<Operand> operands, values;
  if (!here().is_word("WHEN")) return missing("WHEN");
  while (take_word("WHEN")) {
    SALESTREAM_ASSIGN(const Operand condition, whole());
    SALESTREAM_TRY(accept(other_than(tree_, Type::kBoolean, "WHEN", condition)));
    SALESTREAM_TRY(expect_word("THEN"));
    SALESTREAM_ASSIGN(const Operand value, whole());
    operands.insert(operands.end(), {condition, value});
    values.push_back(value);
  }
  if (take_word("ELSE")) {
    SALESTREAM_ASSIGN(const Operand value, whole());
    operands.push_back(value);
    values.push_back(value);
  }
  SALESTREAM_TRY(expect_word("END"));
  SALESTREAM_ASSIGN(const std::optional<Type> type, type_of_all(values));
  return add(NodeKind::kCase, type, begin, operands);
}

base::Status Parser::read(Type wanted) {
  SALESTREAM_ASSIGN(const Operand all, whole());
  if (here().kind != Kind::kEnd) return leftover();
  return accept(not_wanted(tree_, wanted, all));
}

Parsed error_at(std::string_view text, std::size_t offset, std::string message) {
  const Place place = place_of(text, offset);
  return {{}, ParseError{std::move(message), place.line, place.column, excerpt_of(text, offset)}};
}

}  // namespace

Parsed parse(std::string_view text, std::span<const FieldType> fields, Type wanted) {
  if (text.size() > kMaxTextBytes)
    return error_at(text, kMaxTextBytes, "the expression is longer than " + std::to_string(kMaxTextBytes) + " bytes");
  Parser parser(text, fields);
  const base::Status status = parser.read(wanted);
  if (!status.ok()) return error_at(text, parser.error_offset(), status.error().message);
  return {std::move(parser).take_tree(), std::nullopt};
}

}  // namespace salestream::expression
