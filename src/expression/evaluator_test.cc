// SPDX-License-Identifier: Apache-2.0
#include "expression/evaluator.h"

#include <gtest/gtest.h>

#include <cctype>
#include <type_traits>

#include "expression/parser.h"
#include "expression/test_cases.h"

namespace salestream::expression {
namespace {

Tree tree_of(const std::string& text, Type type) {
  const Parsed parsed = parse(text, test_fields(), type);
  EXPECT_TRUE(parsed.ok()) << text << '\n' << (parsed.ok() ? "" : parsed.error->message);
  return parsed.tree;
}

std::string value_of(Evaluator& evaluator, std::span<const core::Value> row) {
  core::Value value;
  return evaluator.evaluate(row, value) == Fault::kNone ? text_of(value) : "too large";
}

TEST(Evaluator, FindsTheValueOfEachCase) {
  for (const TestCase& each : test_cases()) {
    Evaluator evaluator(tree_of(each.expression, each.type));
    EXPECT_EQ(value_of(evaluator, test_row()), each.value) << each.expression;
    EXPECT_EQ(value_of(evaluator, test_row()), each.value) << each.expression << ", the second time";
  }
}

TEST(Evaluator, TakesOneRowAfterTheOther) {
  Evaluator evaluator(tree_of("UPPER(status)", Type::kText));
  std::vector<core::Value> row = test_row();
  for (const std::string text : {"new", "a long text that needs memory of its own", "PAID", ""}) {
    row[0] = core::Value::of_text(text);
    std::string upper = "'" + text + "'";
    for (char& c : upper) c = static_cast<char>(std::toupper(c));
    EXPECT_EQ(value_of(evaluator, row), upper);
  }
}

TEST(Evaluator, CanBeMoved) {
  std::vector<Evaluator> evaluators;
  for (const char* const text : {"'short' = LOWER('SHORT')", "'short' = 'other'", "status IN ('x', 'paid')"})
    evaluators.emplace_back(tree_of(text, Type::kBoolean));
  EXPECT_EQ(value_of(evaluators[0], test_row()), "TRUE");
  EXPECT_EQ(value_of(evaluators[1], test_row()), "FALSE");
  EXPECT_EQ(value_of(evaluators[2], test_row()), "TRUE");
}

TEST(Value, IsEqualByKindAndWhatItIs) {
  using core::Value;
  const std::vector<Value> unlike = {Value::null(),
                                     Value::of_text(""),
                                     Value::of_text("a"),
                                     Value::of_number({}),
                                     Value::of_number(core::kMaxAmount),
                                     Value::of_boolean(false),
                                     Value::of_boolean(true),
                                     Value::of_date(0),
                                     Value::of_date(1)};
  for (std::size_t i = 0; i < unlike.size(); ++i)
    for (std::size_t j = 0; j < unlike.size(); ++j) EXPECT_EQ(unlike[i] == unlike[j], i == j) << i << ' ' << j;
  static_assert(std::is_trivially_copyable_v<Value> && sizeof(Value) == 32);
  EXPECT_TRUE(Value::of_boolean(true).is_true());
  EXPECT_FALSE(Value::of_boolean(false).is_true());
  EXPECT_FALSE(Value::null().is_true());
}

}  // namespace
}  // namespace salestream::expression
