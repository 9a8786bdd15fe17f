// SPDX-License-Identifier: Apache-2.0
// The audit's values of expressions and those that `run` works out have no line in common; here they have to agree.
#include "audit/condition.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>

#include "audit/test_condition.h"
#include "expression/parser.h"
#include "expression/test_cases.h"
#include "expression/test_trees.h"

namespace salestream::audit {
namespace {

using expression::Tree;
using expression::Type;

TEST(AuditCondition, FindsTheValueOfEachCase) {
  for (const expression::TestCase& each : expression::test_cases()) {
    const expression::Parsed parsed = parse(each.expression, expression::test_fields(), each.type);
    ASSERT_TRUE(parsed.ok()) << each.expression;
    EXPECT_EQ(audited_text(parsed.tree, expression::test_row()), each.value) << each.expression;
  }
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
      ASSERT_EQ(audited_text(tree, row), counted) << text;
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
    if (name.ends_with("_test.cc") || name.starts_with("test_")) continue;
    std::ifstream in(entry.path());
    const std::string source{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(source.find("expression/evaluator.h"), std::string::npos) << name;
    ++files;
  }
  EXPECT_GT(files, 20);
}

}  // namespace
}  // namespace salestream::audit
