// SPDX-License-Identifier: Apache-2.0
// The audit's values of expressions and those that `run` works out have no line in common; here they have to agree.
#include "audit/condition.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>

#include "expression/evaluator.h"
#include "expression/parser.h"
#include "expression/test_cases.h"
#include "expression/test_trees.h"

namespace salestream::audit {
namespace {

using expression::Tree;
using expression::Type;

PlainValue plain(const core::Value& value) {
  switch (value.kind) {
    case core::Value::Kind::kNull: return {};
    case core::Value::Kind::kText: return std::string(value.text);
    case core::Value::Kind::kNumber: return billionths_of(value.number);
    case core::Value::Kind::kBoolean: return value.boolean;
    case core::Value::Kind::kDate: return Day{value.days};
  }
  return {};
}

std::vector<PlainValue> plain_row(const std::vector<core::Value>& row) {
  std::vector<PlainValue> values;
  for (const core::Value& value : row) values.push_back(plain(value));
  return values;
}

core::Value view_of(const PlainValue& value) {
  if (const auto* const text = std::get_if<std::string>(&value)) return core::Value::of_text(*text);
  if (const auto* const number = std::get_if<Billionths>(&value))
    return core::Value::of_number(core::Decimal::from_scaled(*number));
  if (const auto* const boolean = std::get_if<bool>(&value)) return core::Value::of_boolean(*boolean);
  if (const auto* const day = std::get_if<Day>(&value)) return core::Value::of_date(day->since_1970);
  return {};
}

std::string text_of(const std::optional<PlainValue>& value) {
  return value ? expression::text_of(view_of(*value)) : "too large";
}

TEST(AuditCondition, FindsTheValueOfEachCase) {
  for (const expression::TestCase& each : expression::test_cases()) {
    const expression::Parsed parsed = parse(each.expression, expression::test_fields(), each.type);
    ASSERT_TRUE(parsed.ok()) << each.expression;
    EXPECT_EQ(text_of(value_of(parsed.tree, plain_row(expression::test_row()))), each.value) << each.expression;
  }
}

std::string counted_text(const Tree& tree, const std::vector<core::Value>& row) {
  expression::Evaluator evaluator(tree);
  core::Value value;
  return evaluator.evaluate(row, value) == expression::Fault::kNone ? expression::text_of(value) : "too large";
}

TEST(AuditCondition, AgreesWithTheCountingEvaluatorOnRandomTrees) {
  std::mt19937_64 random(20'241'103);
  const expression::Choose choose = [&](std::uint32_t count) { return static_cast<std::uint32_t>(random() % count); };
  expression::TreeMaker maker(expression::test_fields(), choose);
  std::map<std::string, int> outcomes;
  std::map<expression::NodeKind, int> kinds;
  for (int i = 0; i < 10'000; ++i) {
    const auto type = static_cast<Type>(choose(4));
    const Tree tree = maker.make(type);
    const std::string text = to_text(tree);
    const expression::Parsed again = parse(text, expression::test_fields(), type);
    ASSERT_TRUE(again.ok()) << again.error->message << '\n' << again.error->excerpt;
    ASSERT_EQ(again.tree, tree) << text;
    for (int rows = 0; rows < 4; ++rows) {
      const std::vector<core::Value> row = expression::chosen_row(expression::test_fields(), choose);
      const std::string counted = counted_text(tree, row);
      ASSERT_EQ(text_of(value_of(tree, plain_row(row))), counted) << text;
      ++outcomes[counted];
    }
    for (const expression::Node& node : tree.nodes) ++kinds[node.kind];
  }
  // What was tried: everything there is, and each outcome often.
  EXPECT_EQ(kinds.size(), static_cast<std::size_t>(expression::NodeKind::kTrim) + 1);
  for (const auto& [kind, times] : kinds) EXPECT_GT(times, 100) << static_cast<int>(kind);
  for (const char* const outcome : {"NULL", "TRUE", "FALSE", "too large"}) EXPECT_GT(outcomes[outcome], 500) << outcome;
  EXPECT_GT(outcomes.size(), 500U);
}

// What it shares with `run` is the tree.
TEST(AuditCondition, SharesNoEvaluator) {
  namespace fs = std::filesystem;
  int files = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(SALESTREAM_SOURCE_DIR) / "src" / "audit")) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with("_test.cc")) continue;
    std::ifstream in(entry.path());
    const std::string source{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(source.find("expression/evaluator.h"), std::string::npos) << name;
    ++files;
  }
  EXPECT_GT(files, 20);
}

}  // namespace
}  // namespace salestream::audit
