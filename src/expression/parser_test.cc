// SPDX-License-Identifier: Apache-2.0
#include "expression/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "expression/test_cases.h"

namespace salestream::expression {
namespace {

// "line:column sentence", and below it the excerpt.
std::string error_of(std::string_view text, Type wanted = Type::kBoolean) {
  const Parsed parsed = parse(text, test_fields(), wanted);
  if (parsed.ok()) return "no error: " + to_text(parsed.tree);
  EXPECT_TRUE(parsed.tree.nodes.empty());
  const ParseError& error = *parsed.error;
  return std::to_string(error.line) + ':' + std::to_string(error.column) + ' ' + error.message + '\n' + error.excerpt;
}

struct Wrong {
  std::string text, sentence;
  std::size_t column;  // of the mark
  Type wanted = Type::kBoolean;
};

void expect_errors(const std::vector<Wrong>& all) {
  for (const Wrong& each : all) {
    const std::string mark(each.column - 1, ' ');
    EXPECT_EQ(error_of(each.text, each.wanted),
              "1:" + std::to_string(each.column) + ' ' + each.sentence + '\n' + each.text + '\n' + mark + '^');
  }
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(Parser, NamesBothTypesAndWhatToWrite) {
  expect_errors({
      {"status = 1", "status is text, and 1 is a number; write '1'", 10},
      {"1 = status", "1 is a number, and status is text; write '1'", 1},
      {"status <> -1.5", "status is text, and -1.5 is a number; write '-1.5'", 11},
      {"quantity = '2'", "quantity is a number, and '2' is text; write 2", 12},
      {"day >= '2024-01-31'", "day is a date, and '2024-01-31' is text; write DATE '2024-01-31'", 8},
      {"test = 'True'", "test is a boolean, and 'True' is text; write TRUE", 8},
      {"test = 0", "test is a boolean, and 0 is a number; write FALSE", 8},
      {"1 = test", "1 is a number, and test is a boolean; write TRUE", 1},
      {"status = quantity", "status is text, and quantity is a number", 10},
      {"status = quantity * 2", "status is text, and quantity * 2 is a number", 10},
      {"day = 'monday'", "day is a date, and 'monday' is text", 7},
      {"status IN ('a', 2)", "status is text, and 2 is a number; write '2'", 17},
      {"NULL IN (1, 'a')", "1 is a number, and 'a' is text; write '1'", 10},
      {"quantity BETWEEN 1 AND 'z'", "quantity is a number, and 'z' is text", 24},
      {"COALESCE(title, 0) = ''", "title is text, and 0 is a number; write '0'", 17},
      {"CASE WHEN test THEN 'a' ELSE 1 END = 'a'", "'a' is text, and 1 is a number; write '1'", 30},
      {"(quantity > 1) = status", "(quantity > 1) is a boolean, and status is text", 18},
  });
}

TEST(Parser, SaysWhatAnOperatorTakes) {
  expect_errors({
      {"status AND test", "status is text, and AND takes booleans", 1},
      {"test OR 1", "1 is a number, and OR takes booleans; write TRUE", 9},
      {"NOT status", "status is text, and NOT takes booleans", 5},
      {"NOT quantity = 1 AND day", "day is a date, and AND takes booleans", 22},
      {"status + 1 > 0", "status is text, and + takes numbers", 1},
      {"1 - '2' > 0", "'2' is text, and - takes numbers; write 2", 5},
      {"2 * test > 0", "test is a boolean, and * takes numbers", 5},
      {"-status = 1", "status is text, and - takes numbers", 2},
      {"LOWER(quantity) = 'a'", "quantity is a number, and LOWER takes text", 7},
      {"TRIM(5) = '5'", "5 is a number, and TRIM takes text; write '5'", 6},
      {"quantity LIKE '1%'", "quantity is a number, and LIKE takes text", 1},
      {"CASE WHEN 1 THEN test END", "1 is a number, and WHEN takes booleans; write TRUE", 11},
      {"test < gift", "TRUE and FALSE have no order; compare test with = or <>", 1},
      {"test BETWEEN FALSE AND TRUE", "TRUE and FALSE have no order; compare test with = or <>", 1},
      {"status", "status is text, and a boolean is needed here", 1},
      {"1", "1 is a number, and a boolean is needed here; write TRUE", 1},
      {"status = 'a'", "status = 'a' is a boolean, and a number is needed here", 1, Type::kNumber},
      {"'2024-01-01'", "'2024-01-01' is text, and a date is needed here; write DATE '2024-01-01'", 1, Type::kDate},
  });
}

TEST(Parser, SaysWhatToWriteInsteadOfComparingWithNull) {
  expect_errors({
      {"title = NULL", "a comparison with NULL is never true; write title IS NULL", 9},
      {"NULL <> title", "a comparison with NULL is never true; write title IS NOT NULL", 1},
      {"title != null", "a comparison with NULL is never true; write title IS NOT NULL", 10},
      {"quantity BETWEEN NULL AND 2", "a comparison with NULL is never true; write quantity IS NULL", 18},
      {"status IS NULL",
       "status is never NULL; to have it NULL where it is missing, write `default: null` in its definition", 1},
      {"test OR (status) IS NOT NULL",
       "status is never NULL; to have it NULL where it is missing, write `default: null` in its definition", 9},
  });
}

TEST(Parser, KnowsFieldsAndFunctions) {
  const std::string known =
      "; known here: status, title, no_text, quantity, price, most, tiny, no_number, test, gift, …";
  expect_errors({
      {"statsu = 'paid'", "there is no field statsu; did you mean status?", 1},
      {"STATUS = 'paid'", "there is no field STATUS; did you mean status?", 1},
      {"status = refunded", "there is no field refunded; if it is text, write 'refunded'" + known, 10},
      {"LOWR(status) = 'a'", "there is no function LOWR; did you mean LOWER?", 1},
      {"substring(status) = 'a'", "there is no function substring; there are COALESCE, LOWER, UPPER and TRIM", 1},
      {"LOWER(status, title) = 'a'", "LOWER takes one text", 15},
      {"COALESCE(title) = 'a'", "COALESCE takes two values or more", 1},
      {"LOWER() = 'a'", "a value is missing before )", 7},
      {"order.status = 'paid'", "a field has a name without points; give order.status one under `fields:`", 1},
  });
  EXPECT_EQ(parse("x", {}, Type::kText).error->message, "there is no field x; if it is text, write 'x'");
}

TEST(Parser, SaysWhatIsMissingAndWhatIsTooMuch) {
  expect_errors({
      {"status =", "a value is missing at the end", 9},
      {"", "a value is missing at the end", 1},
      {"status = )", "a value is missing before )", 10},
      {"= 'a'", "a value is missing before =", 1},
      {"test AND", "a value is missing at the end", 9},
      {"AND test", "a value is missing before AND", 1},
      {"(test OR gift", ") is missing at the end", 14},
      {"(test gift)", ") is missing before gift", 7},
      {"test)", "there is no ( for this )", 5},
      {"test, gift", "a comma stands between values in parentheses only", 5},
      {"status 'paid'", "an operator is missing before 'paid'", 8},
      {"status ILIKE 'a%'", "an operator is missing before ILIKE", 8},
      {"status IN 'paid'", "( is missing before 'paid'", 11},
      {"status IN ()", "a value is missing before )", 12},
      {"status IN ('a' 'b')", ") is missing before 'b'", 16},
      {"status NOT = 'a'", "IN, BETWEEN or LIKE is missing before =", 12},
      {"quantity BETWEEN 1, 2", "AND is missing before ,", 19},
      {"title IS 'a'", "NULL is missing before 'a'", 10},
      {"title IS NOT TRUE", "NULL is missing before TRUE", 14},
      {"CASE status WHEN 'a' THEN test END", "WHEN is missing before status", 6},
      {"CASE WHEN test", "THEN is missing at the end", 15},
      {"CASE WHEN test THEN gift", "END is missing at the end", 25},
      {"1 < quantity < 3", "comparisons do not follow each other; put one in parentheses, or AND between the two", 14},
      {"title IS NULL = test", "comparisons do not follow each other; put one in parentheses, or AND between the two",
       15},
      {"test = NOT gift", "NOT stands before a whole condition; put it in parentheses with that", 8},
  });
}

TEST(Parser, KnowsWhatOtherLanguagesHave) {
  expect_errors({
      {"price / 2 > 1", "there is no division in an expression; of numbers there are + - and *", 7},
      {"quantity % 2 = 1", "there is no % in an expression; of numbers there are + - and *", 10},
      {"status == 'a'", "there is no ==; write =", 8},
      {"test && gift", "there is no &&; write AND", 6},
      {"test || gift", "there is no ||; write OR, and text is not joined here", 6},
      {"!test", "there is no !; write NOT, or <> to compare", 1},
      {"quantity => 1", "there is no =>; write >=", 10},
      {"quantity =< 1", "there is no =<; write <=", 10},
      {"title <=> NULL", "there is no <=>; write = and IS NULL", 7},
      {"status = \"paid\"", "text stands in single quotes, 'so', and the name of a field in none", 10},
      {"`status` = 'a'", "the name of a field stands in no quotes", 1},
      {"status = ‘paid’", "text stands in straight quotes: 'so'", 10},
      {"status = “paid”", "text stands in straight single quotes: 'so'", 10},
      {"quantity - --1 > 1", "-- begins a comment in SQL; write - - with a space between, or leave one out", 12},
      {"test;", "an expression does not end with ;", 5},
      {"status = \\'a\\'", "a backslash means nothing here; a quote within text is written twice: 'it''s'", 10},
      {"status = $1", "$ means nothing here; there are = <> < <= > >= + - * and ( )", 10},
      {"status = ¿", "¿ means nothing here; there are = <> < <= > >= + - * and ( )", 10},
      {"status LIKE '%d'", "LIKE has no more than one % here, at the end", 13},
      {"status LIKE 'a%%'", "LIKE has no more than one % here, at the end", 13},
      {"status LIKE 'p_%'", "in SQL _ stands for any character, and LIKE has no more than one % here, at the end", 13},
      {"status LIKE 'p\\%'",
       "in SQL a backslash escapes what follows, and LIKE has no more than one % here, at the end", 13},
      {"status LIKE 'paid'", "a pattern without % at its end is the text itself; write = instead of LIKE", 13},
      {"status LIKE ''", "a pattern without % at its end is the text itself; write = instead of LIKE", 13},
      {"status LIKE title", "a pattern in quotes, such as 'abc%', is missing before title", 13},
  });
}

TEST(Parser, ReadsPlainNumbersAlone) {
  expect_errors({
      {"price > 1e2", "1e2 has an exponent; write the number in full", 9},
      {"price > 12abc", "12abc is neither a number nor a name", 9},
      {"price > .5", "a name has no point in it, and a number begins with a digit: 0.5", 9},
      {"price > 5.", "a digit is missing behind the point of a number", 9},
      {"price > 1.2.3", "a name has no point in it, and a number begins with a digit: 0.5", 12},
      {"price > 007", "007 begins with a 0 too many", 9},
      {"price > 0.1234567891", "0.1234567891 has more than nine digits behind its point", 9},
      {"price > 1000000000000000000.1", "1000000000000000000.1 is beyond 10^18", 9},
  });
  EXPECT_EQ(error_of("0.1234567890000", Type::kNumber), "no error: 0.123456789");
  EXPECT_EQ(error_of("-1000000000000000000.000", Type::kNumber), "no error: -1000000000000000000");
}

TEST(Parser, ReadsTextAndDatesToTheirEnd) {
  expect_errors({
      {"status = 'paid", "the ' that ends this text is missing", 10},
      {"status = 'it''s", "the ' that ends this text is missing", 10},
      {"day = DATE '2024-02-30'", "'2024-02-30' is no date, which is written '2024-12-31'", 12},
      {"day = DATE '2024-1-1'", "'2024-1-1' is no date, which is written '2024-12-31'", 12},
      {"day = DATE '0000-01-01'", "'0000-01-01' is no date, which is written '2024-12-31'", 12},
      {"day = DATE '2024-01-01T00:00'", "'2024-01-01T00:00' is no date, which is written '2024-12-31'", 12},
  });
  EXPECT_EQ(parse("status = 'a\nb'", test_fields(), Type::kBoolean).error->message,
            "the text has a line end or another control character in it");
  EXPECT_EQ(parse("status = 'a\xE2\x80\xAE'", test_fields(), Type::kBoolean).error->message,
            "the text has a line end or another control character in it");
  EXPECT_EQ(parse("status = 'a\xFF'", test_fields(), Type::kBoolean).error->message,
            "the text has a byte that is not UTF-8");
  EXPECT_EQ(parse("status \xFF", test_fields(), Type::kBoolean).error->message,
            "the expression has a byte that is not UTF-8");
  EXPECT_EQ(parse("status \x1B[2J", test_fields(), Type::kBoolean).error->message,
            "the expression has a control character in it");
}

TEST(Parser, HasLimits) {
  const auto sentence = [](const std::string& text) { return error_of(text).substr(0, error_of(text).find('\n')); };
  const std::string spaces = repeated(" ", kMaxTextBytes - 4);
  EXPECT_EQ(error_of("test" + spaces), "no error: test");
  EXPECT_EQ(sentence("test" + spaces + " "), "1:4097 the expression is longer than 4096 bytes");

  EXPECT_EQ(sentence("test" + repeated(" OR test", kMaxNodes - 2)).substr(0, 9), "no error:");
  EXPECT_EQ(sentence("test" + repeated(" OR test", kMaxNodes - 1)),
            "1:1 the expression has more than 256 values, operators and functions");

  const auto parentheses = [](std::size_t n) { return repeated("(", n) + "test" + repeated(")", n); };
  EXPECT_EQ(error_of(parentheses(kMaxLevels - 1)), "no error: test");
  EXPECT_EQ(sentence(parentheses(kMaxLevels)), "1:33 this is nested in more than 32 levels");
  EXPECT_EQ(sentence(repeated("NOT ", kMaxLevels - 1) + "test").substr(0, 9), "no error:");
  EXPECT_EQ(sentence(repeated("NOT ", kMaxLevels) + "test"), "1:129 this is nested in more than 32 levels");
  EXPECT_EQ(sentence("0 < 1" + repeated(" + 1", kMaxLevels - 2)).substr(0, 9), "no error:");
  EXPECT_EQ(sentence("0 < 1" + repeated(" + 1", kMaxLevels - 1)), "1:1 this is nested in more than 32 levels");
  EXPECT_EQ(sentence(repeated("- ", 2000) + "1 = 1"), "1:65 this is nested in more than 32 levels");
}

TEST(Parser, ShowsTheLineAndWhatIsNear) {
  EXPECT_EQ(error_of("status = 'paid'\r\n\tAND pricee > 1\r\n  AND test"),
            "2:6 there is no field pricee; did you mean price?\n AND pricee > 1\n     ^");
  EXPECT_EQ(error_of("title = 'éé' AND pricee > 1"),
            "1:18 there is no field pricee; did you mean price?\ntitle = 'éé' AND pricee > 1\n                 ^");
  EXPECT_EQ(error_of("test \x1B[2J"), "1:6 the expression has a control character in it\ntest ?[2J\n     ^");
  const std::string longer = error_of(repeated("test OR ", 20) + "tset" + repeated(" OR test", 20));
  EXPECT_EQ(longer, "1:161 there is no field tset; did you mean test?\n…" + repeated("test OR ", 8).substr(4) + "tset" +
                        repeated(" OR test", 5).substr(0, 36) + "…\n" + std::string(61, ' ') + '^');
  EXPECT_EQ(error_of("status = COALESCE(quantity,   1) + 1000000 + 2000000 + 3000000"),
            "1:10 status is text, and COALESCE(quantity, 1) + 1000000 + 200000… is a number\n"
            "status = COALESCE(quantity,   1) + 1000000 + 2000000 + 3000000\n         ^");
}

TEST(Parser, TakesKeywordsInAnyCaseAndFieldsAsTheyAre) {
  EXPECT_EQ(error_of("not Test", Type::kBoolean).substr(0, 28), "1:5 there is no field Test; ");
  EXPECT_EQ(error_of("case When test then coalesce(title, 'x') LIKE 'a%' end"),
            "no error: CASE WHEN test THEN COALESCE(title, 'x') LIKE 'a%' END");
  EXPECT_EQ(error_of("Case When test Then Coalesce(title, 'x') like 'a%' else Null is not null end"),
            "no error: CASE WHEN test THEN COALESCE(title, 'x') LIKE 'a%' ELSE NULL IS NOT NULL END");
  for (const char* const word : {"and", "Or", "NOT", "in", "between", "is", "null", "like", "true", "false", "case",
                                 "when", "then", "else", "end"})
    EXPECT_TRUE(is_keyword(word)) << word;
  // These are so only where something stands behind them.
  for (const char* const word : {"date", "lower", "upper", "trim", "coalesce", "status", ""})
    EXPECT_FALSE(is_keyword(word)) << word;
  const std::vector<FieldType> fields = {{"date", Type::kDate}, {"lower", Type::kText}, {"_9", Type::kText}};
  const Parsed parsed = parse("date > date '2024-01-01' AND LOWER(lower) = _9", fields, Type::kBoolean);
  ASSERT_TRUE(parsed.ok()) << parsed.error->message;
  EXPECT_EQ(to_text(parsed.tree), "date > DATE '2024-01-01' AND LOWER(lower) = _9");
}

TEST(Parser, FindsTheFieldsThatAreUsed) {
  const Parsed parsed =
      parse("price * quantity > 1 AND (gift OR price > 2) AND 'test' = status", test_fields(), Type::kBoolean);
  ASSERT_TRUE(parsed.ok());
  EXPECT_THAT(fields_of(parsed.tree), testing::ElementsAre("price", "quantity", "gift", "status"));
}

}  // namespace
}  // namespace salestream::expression
