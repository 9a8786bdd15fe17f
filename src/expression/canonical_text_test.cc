// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <random>

#include "expression/parser.h"
#include "expression/test_cases.h"
#include "expression/test_trees.h"

namespace salestream::expression {
namespace {

std::string canonical(const std::string& text, Type type = Type::kBoolean) {
  const Parsed parsed = parse(text, test_fields(), type);
  if (!parsed.ok()) return parsed.error->message;
  const Parsed again = parse(to_text(parsed.tree), test_fields(), type);
  EXPECT_TRUE(again.ok() && again.tree == parsed.tree) << to_text(parsed.tree);
  return to_text(parsed.tree);
}

// Stored definitions have these texts: none of them may ever change.
TEST(CanonicalText, HasOneSpelling) {
  const std::vector<std::pair<std::string, std::string>> conditions = {
      {" status\n=\t'paid' ", "status = 'paid'"},
      {"status!='it''s'", "status <> 'it''s'"},
      {"(((test)))", "test"},
      {"test or (gift and not test)", "test OR gift AND NOT test"},
      {"(test or gift) and not (test and gift)", "(test OR gift) AND NOT (test AND gift)"},
      {"not (status = 'a')", "NOT status = 'a'"},
      {"not status in ('a')", "status NOT IN ('a')"},
      {"not (status not in ('a','b'))", "NOT status NOT IN ('a', 'b')"},
      {"(not status like 'a%')", "status NOT LIKE 'a%'"},
      {"not quantity between 1 and (2)", "quantity NOT BETWEEN 1 AND 2"},
      {"not title is null", "title IS NOT NULL"},
      {"not not test", "NOT NOT test"},
      {"(not test) = gift", "(NOT test) = gift"},
      {"test and (gift and test)", "test AND (gift AND test)"},
      {"(test and gift) and test", "(test AND gift) AND test"},
      {"test and gift and test", "test AND gift AND test"},
      {"(quantity > 1) = (price > 2)", "(quantity > 1) = (price > 2)"},
      {"(title is null) is null", "(title IS NULL) IS NULL"},
      {"quantity>=1.50", "quantity >= 1.5"},
      {"quantity in (1,2.0,-3)", "quantity IN (1, 2, -3)"},
      {"quantity in ((1) + 2, (3))", "quantity IN (1 + 2, 3)"},
      {"(test or gift) in (test and gift)", "(test OR gift) IN (test AND gift)"},
      {"day<date'2024-11-03'", "day < DATE '2024-11-03'"},
      {"day > DATE '0001-01-01'", "day > DATE '0001-01-01'"},
      {"case when test then gift end", "CASE WHEN test THEN gift END"},
      {"case when test or gift then (gift) when gift then null else false end",
       "CASE WHEN test OR gift THEN gift WHEN gift THEN NULL ELSE FALSE END"},
      {"true", "TRUE"},
  };
  for (const auto& [text, expected] : conditions) EXPECT_EQ(canonical(text), expected);
  const std::vector<std::pair<std::string, std::string>> numbers = {
      {"1+2*3", "1 + 2 * 3"},
      {"(1+2)*3", "(1 + 2) * 3"},
      {"(1*2)+3", "1 * 2 + 3"},
      {"1-(2-3)", "1 - (2 - 3)"},
      {"(1-2)-3", "1 - 2 - 3"},
      {"1+(2+3)", "1 + (2 + 3)"},
      {"2*(3*4)", "2 * (3 * 4)"},
      {"-quantity", "-quantity"},
      {"-(-quantity)", "- -quantity"},
      {"- - 5", "5"},
      {"-(5)", "-5"},
      {"-(2+3)", "-(2 + 3)"},
      {"-quantity*2", "-quantity * 2"},
      {"-(quantity*2)", "-(quantity * 2)"},
      {"1 - -quantity", "1 - -quantity"},
      {"1 - -5", "1 - -5"},
      {"000.5 + 0", "000.5 begins with a 0 too many"},
      {"0.500 - 0", "0.5 - 0"},
      {"coalesce( no_number,- 1 )", "COALESCE(no_number, -1)"},
      {"-case when test then 1 else 2 end", "-CASE WHEN test THEN 1 ELSE 2 END"},
  };
  for (const auto& [text, expected] : numbers) EXPECT_EQ(canonical(text, Type::kNumber), expected);
  EXPECT_EQ(canonical("lower ( trim(title) )", Type::kText), "LOWER(TRIM(title))");
}

TEST(CanonicalText, OfEachCaseIsItsTreeAgain) {
  for (const TestCase& each : test_cases()) canonical(each.expression, each.type);
}

// The deepest trees there are, which are read again within the same limits.
TEST(CanonicalText, OfTheDeepestTreesIsReadAgain) {
  for (const std::string open :
       {"NOT ", "(NOT (", "CASE WHEN ", "(TRUE = ", "test AND (gift OR ", "(NULL IS NULL) = ("}) {
    std::string text = "gift";
    std::size_t deepest = 0;
    for (std::size_t i = 1; i < 2 * kMaxLevels; ++i) {
      const std::string close = open == "CASE WHEN "                  ? " THEN test END"
                                : open == "(NOT ("                    ? ") IS NULL)"
                                : open.find('(') == std::string::npos ? ""
                                                                      : ")";
      text = open == "(NULL IS NULL) = (" ? open + text + ")" : open + text + close;
      const Parsed parsed = parse(text, test_fields(), Type::kBoolean);
      if (!parsed.ok()) break;
      deepest = i;
      canonical(text);
    }
    EXPECT_GT(deepest, 7U) << open;
  }
  std::string minus = "quantity";
  for (std::size_t i = 1; i < kMaxLevels; ++i) minus = "- " + minus;
  EXPECT_TRUE(canonical(minus, Type::kNumber).starts_with("- -"));
}

TEST(CanonicalText, OfRandomTreesIsTheirTreeAgain) {
  std::mt19937_64 random(1);
  const Choose choose = [&](std::uint32_t count) { return static_cast<std::uint32_t>(random() % count); };
  TreeMaker maker(test_fields(), choose);
  for (int i = 0; i < 2'000; ++i) {
    const auto type = static_cast<Type>(choose(4));
    const Tree tree = maker.make(type);
    const Parsed parsed = parse(to_text(tree), test_fields(), type);
    ASSERT_TRUE(parsed.ok()) << parsed.error->message << '\n' << parsed.error->excerpt;
    ASSERT_EQ(parsed.tree, tree) << to_text(tree);
  }
}

}  // namespace
}  // namespace salestream::expression
