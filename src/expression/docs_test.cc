// SPDX-License-Identifier: Apache-2.0
// docs/expressions.md is true: each example has the value that stands beside it, each error reads so, and nothing that
// the language has is missing from the page.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "expression/evaluator.h"
#include "expression/parser.h"
#include "expression/test_cases.h"

namespace salestream::expression {
namespace {

using Row = std::vector<std::string>;

// The cells of a table's row, of which a backtick's text may have any character but a backtick.
Row cells_of(const std::string& line) {
  Row cells;
  bool is_code = false;
  std::string cell;
  for (const char c : line.substr(1)) {
    if (c == '`') is_code = !is_code;
    if (c != '|' || is_code) {
      cell += c;
      continue;
    }
    cells.push_back(cell.substr(1, cell.size() - 2));
    cell.clear();
  }
  return cells;
}

// The rows of all tables with these headings.
std::vector<Row> rows_under(const std::string& heading) {
  std::ifstream page(std::string(SALESTREAM_SOURCE_DIR) + "/docs/expressions.md");
  EXPECT_TRUE(page.is_open());
  std::vector<Row> rows;
  bool is_there = false;
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with('|')) is_there = false;
    if (is_there && !line.starts_with("|-")) rows.push_back(cells_of(line));
    if (line == heading) is_there = true;
  }
  EXPECT_FALSE(rows.empty()) << heading;
  return rows;
}

std::string without_backticks(const std::string& cell) {
  return cell.starts_with('`') ? cell.substr(1, cell.size() - 2) : cell;
}

// Of whatever type it is.
Parsed parse_any(const std::string& text, const std::vector<FieldType>& fields) {
  for (const Type type : {Type::kText, Type::kNumber, Type::kDate})
    if (Parsed parsed = parse(text, fields, type); parsed.ok()) return parsed;
  return parse(text, fields, Type::kBoolean);
}

// The fields that the page tries its examples with, and their values.
struct Fields {
  std::vector<FieldType> types;
  std::vector<Evaluator> literals;
  std::vector<core::Value> row;

  Fields() {
    for (const Row& each : rows_under("| field | type | value |")) {
      const std::string type = each[1].substr(0, each[1].find(' '));
      types.push_back({without_backticks(each[0]), type_of(type), each[1].ends_with("or NULL")});
      const Parsed literal = parse(without_backticks(each[2]), {}, types.back().type);
      EXPECT_TRUE(literal.ok()) << each[2];
      literals.emplace_back(literal.tree);
      EXPECT_EQ(literals.back().evaluate({}, row.emplace_back()), Fault::kNone);
    }
  }
  static Type type_of(const std::string& name) {
    if (name == "text") return Type::kText;
    if (name == "number") return Type::kNumber;
    return name == "date" ? Type::kDate : Type::kBoolean;
  }
};

void expect_value(const Fields& fields, const std::string& example, const std::string& expected) {
  const Parsed parsed = parse_any(example, fields.types);
  ASSERT_TRUE(parsed.ok()) << example << ": " << parsed.error->message;
  Evaluator evaluator(parsed.tree);
  core::Value value;
  const bool is_there = evaluator.evaluate(fields.row, value) == Fault::kNone;
  std::string shown = is_there ? text_of(value) : "too large";
  if (expected == "'it''s'") shown = "'it''s'";
  EXPECT_EQ(shown, expected) << example;
}

TEST(ExpressionPage, HasExamplesThatComeOutAsTheySay) {
  const Fields fields;
  for (const Row& row : rows_under("| example | value |"))
    expect_value(fields, without_backticks(row.at(0)), without_backticks(row.at(1)));
  for (const Row& row : rows_under("| type | written | value |"))
    expect_value(fields, without_backticks(row.at(1)), without_backticks(row.at(2)));
  for (const Row& row : rows_under("| written | what it is | example | value |"))
    expect_value(fields, without_backticks(row.at(2)), without_backticks(row.at(3)));
}

TEST(ExpressionPage, HasEveryOperatorAndFunction) {
  const Fields fields;
  std::set<NodeKind> kinds;
  for (const Row& row : rows_under("| written | what it is | example | value |"))
    for (const Node& node : parse_any(without_backticks(row.at(2)), fields.types).tree.nodes) kinds.insert(node.kind);
  for (const Row& row : rows_under("| type | written | value |"))
    for (const Node& node : parse_any(without_backticks(row.at(1)), fields.types).tree.nodes) kinds.insert(node.kind);
  EXPECT_EQ(kinds.size(), static_cast<std::size_t>(NodeKind::kTrim) + 1);
}

TEST(ExpressionPage, OrdersOperatorsByTheirStrength) {
  const Parsed parsed = parse("NOT -quantity * 2 + 2 = 2 AND gift OR gift", Fields().types, Type::kBoolean);
  ASSERT_TRUE(parsed.ok());
  const Parsed grouped =
      parse("((NOT ((((-quantity) * 2) + 2) = 2)) AND gift) OR gift", Fields().types, Type::kBoolean);
  ASSERT_TRUE(grouped.ok());
  EXPECT_EQ(parsed.tree, grouped.tree);
  std::string order;
  for (const Row& row : rows_under("| written | what it is | example | value |")) order += row.at(0);
  std::size_t at = 0;
  for (const char* const each : {"`-a`", "`a * b`", "`a + b`", "`a = b`", "`NOT a`", "`a AND b`", "`a OR b`"}) {
    const std::size_t found = order.find(each);
    ASSERT_NE(found, std::string::npos) << each;
    EXPECT_GE(found, at) << each;
    at = found;
  }
}

TEST(ExpressionPage, ShowsErrorsAsTheyAre) {
  const Fields fields;
  for (const Row& row : rows_under("| written | error |")) {
    const std::string written = without_backticks(row.at(0));
    const Parsed parsed = parse(written, fields.types, Type::kBoolean);
    ASSERT_FALSE(parsed.ok()) << written;
    EXPECT_EQ(parsed.error->message, row.at(1)) << written;
  }
}

TEST(ExpressionPage, ShowsWhatIsStored) {
  const Fields fields;
  for (const Row& row : rows_under("| written | stored |")) {
    const Parsed parsed = parse_any(without_backticks(row.at(0)), fields.types);
    ASSERT_TRUE(parsed.ok()) << row.at(0);
    EXPECT_EQ(to_text(parsed.tree), without_backticks(row.at(1)));
  }
}

std::string page() {
  std::ifstream in(std::string(SALESTREAM_SOURCE_DIR) + "/docs/expressions.md");
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(ExpressionPage, NamesLimitsAndKeywordsAsTheyAre) {
  const std::string text = page();
  const std::string limits = "An expression has 4,096 bytes at most, " + std::to_string(kMaxNodes) +
                             " values, operators and functions, and " + std::to_string(kMaxLevels) + " levels";
  EXPECT_NE(text.find(limits), std::string::npos);
  EXPECT_EQ(kMaxTextBytes, 4096U);
  const std::size_t begin = text.find("Keywords can't be"), end = text.find("They may be", begin);
  int keywords = 0;
  for (std::size_t at = begin; (at = text.find('`', at)) < end; ++keywords) {
    const std::size_t close = text.find('`', at + 1);
    EXPECT_TRUE(is_keyword(text.substr(at + 1, close - at - 1)));
    at = close + 1;
  }
  EXPECT_EQ(keywords, 15);
}

TEST(ExpressionPage, ShowsAnErrorWithItsPlace) {
  const Parsed parsed = parse("status = 1", Fields().types, Type::kBoolean);
  ASSERT_FALSE(parsed.ok());
  const ParseError& error = *parsed.error;
  EXPECT_NE(page().find("```text\n" + std::to_string(error.line) + ':' + std::to_string(error.column) + ' ' +
                        error.message + '\n' + error.excerpt + "\n```"),
            std::string::npos);
}

TEST(ExpressionPage, BeginsWithExpressions) {
  const std::vector<FieldType> fields = Fields().types;
  const std::string text = page();
  const std::size_t begin = text.find("```sql\n") + 7;
  std::istringstream block(text.substr(begin, text.find("```", begin) - begin));
  for (std::string line; std::getline(block, line);) EXPECT_TRUE(parse_any(line, fields).ok()) << line;
}

}  // namespace
}  // namespace salestream::expression
