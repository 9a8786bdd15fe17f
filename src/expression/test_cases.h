// SPDX-License-Identifier: Apache-2.0
// For tests: expressions and their values for one row of fields. `run`'s evaluator and the audit's are both tried with
// them.
#pragma once

#include <string>
#include <vector>

#include "core/value.h"
#include "expression/date.h"
#include "expression/syntax.h"

namespace salestream::expression {

inline const std::vector<FieldType>& test_fields() {
  static const std::vector<FieldType> fields = {
      {"status", Type::kText, false},     {"title", Type::kText, true},         {"no_text", Type::kText, true},
      {"quantity", Type::kNumber, false}, {"price", Type::kNumber, false},      {"most", Type::kNumber, true},
      {"tiny", Type::kNumber, true},      {"no_number", Type::kNumber, true},   {"test", Type::kBoolean, false},
      {"gift", Type::kBoolean, true},     {"no_boolean", Type::kBoolean, true}, {"day", Type::kDate, false},
      {"shipped", Type::kDate, true},     {"no_date", Type::kDate, true},
  };
  return fields;
}

// Their values in the cases below.
inline const std::vector<core::Value>& test_row() {
  using core::Decimal;
  using core::Value;
  static const std::vector<Value> row = {
      Value::of_text("paid"),
      Value::of_text("  Blue MUG é "),
      Value::null(),
      Value::of_number(Decimal::from_integer(3)),
      Value::of_number(Decimal::from_scaled(19'900'000'000)),
      Value::of_number(core::kMaxAmount),
      Value::of_number(Decimal::from_scaled(1)),
      Value::null(),
      Value::of_boolean(false),
      Value::of_boolean(true),
      Value::null(),
      Value::of_date(20'030),  // 2024-11-03
      Value::of_date(-1),      // 1969-12-31
      Value::null(),
  };
  return row;
}

// As a literal of the language.
inline std::string text_of(const core::Value& value) {
  switch (value.kind) {
    case core::Value::Kind::kNull: return "NULL";
    case core::Value::Kind::kText: return "'" + std::string(value.text) + "'";
    case core::Value::Kind::kNumber: return core::to_string(value.number, 0);
    case core::Value::Kind::kBoolean: return value.boolean ? "TRUE" : "FALSE";
    case core::Value::Kind::kDate: return "DATE '" + date_text(value.days) + "'";
  }
  return "";
}

struct TestCase {
  std::string expression;
  Type type;
  std::string value;  // as a literal; "too large": a fault
};

inline std::vector<TestCase> test_cases() {
  std::vector<TestCase> cases;
  const auto booleans = [&](const std::vector<std::pair<std::string, std::string>>& some) {
    for (const auto& [expression, value] : some) cases.push_back({expression, Type::kBoolean, value});
  };
  const auto numbers = [&](const std::vector<std::pair<std::string, std::string>>& some) {
    for (const auto& [expression, value] : some) cases.push_back({expression, Type::kNumber, value});
  };
  const auto texts = [&](const std::vector<std::pair<std::string, std::string>>& some) {
    for (const auto& [expression, value] : some) cases.push_back({expression, Type::kText, value});
  };

  // Three truth values.
  booleans({{"TRUE AND TRUE", "TRUE"},
            {"TRUE AND FALSE", "FALSE"},
            {"TRUE AND NULL", "NULL"},
            {"FALSE AND TRUE", "FALSE"},
            {"FALSE AND FALSE", "FALSE"},
            {"FALSE AND NULL", "FALSE"},
            {"NULL AND TRUE", "NULL"},
            {"NULL AND FALSE", "FALSE"},
            {"NULL AND NULL", "NULL"},
            {"TRUE OR TRUE", "TRUE"},
            {"TRUE OR FALSE", "TRUE"},
            {"TRUE OR NULL", "TRUE"},
            {"FALSE OR TRUE", "TRUE"},
            {"FALSE OR FALSE", "FALSE"},
            {"FALSE OR NULL", "NULL"},
            {"NULL OR TRUE", "TRUE"},
            {"NULL OR FALSE", "NULL"},
            {"NULL OR NULL", "NULL"},
            {"NOT TRUE", "FALSE"},
            {"NOT FALSE", "TRUE"},
            {"NOT NULL", "NULL"},
            {"NOT no_boolean", "NULL"},
            {"gift AND NOT test", "TRUE"},
            {"TRUE AND TRUE AND NULL", "NULL"},
            {"NULL AND TRUE AND FALSE", "FALSE"},
            {"NULL OR FALSE OR TRUE", "TRUE"},
            {"NULL", "NULL"}});
  // Comparisons.
  booleans({{"status = 'paid'", "TRUE"},
            {"status = 'Paid'", "FALSE"},
            {"status <> 'paid'", "FALSE"},
            {"status != 'x'", "TRUE"},
            {"no_text = 'paid'", "NULL"},
            {"no_text <> no_text", "NULL"},
            {"quantity = 3.0", "TRUE"},
            {"quantity < 3", "FALSE"},
            {"quantity <= 3", "TRUE"},
            {"quantity > 2.999999999", "TRUE"},
            {"quantity >= 3", "TRUE"},
            {"no_number > 1", "NULL"},
            {"'Z' < 'a'", "TRUE"},
            {"'z' < 'é'", "TRUE"},
            {"'ab' < 'abc'", "TRUE"},
            {"'' < 'a'", "TRUE"},
            {"'paid ' = 'paid'", "FALSE"},
            {"test = FALSE", "TRUE"},
            {"gift <> test", "TRUE"},
            {"no_boolean = TRUE", "NULL"},
            {"day = DATE '2024-11-03'", "TRUE"},
            {"day > shipped", "TRUE"},
            {"shipped < DATE '1970-01-01'", "TRUE"},
            {"no_date = day", "NULL"},
            {"day >= DATE '2024-11-04'", "FALSE"},
            {"(status = 'paid') = gift", "TRUE"}});
  // IN, BETWEEN, LIKE, IS NULL.
  booleans({{"status IN ('paid', 'sent')", "TRUE"},
            {"status IN ('new', 'sent')", "FALSE"},
            {"status NOT IN ('new', 'sent')", "TRUE"},
            {"status IN ('new', NULL)", "NULL"},
            {"status NOT IN ('new', NULL)", "NULL"},
            {"status IN (NULL, 'paid')", "TRUE"},
            {"status NOT IN (NULL, 'paid')", "FALSE"},
            {"no_text IN ('paid')", "NULL"},
            {"no_text NOT IN ('paid')", "NULL"},
            {"status IN (no_text, title)", "NULL"},
            {"NULL IN (1)", "NULL"},
            {"quantity IN (1, 2 + 1)", "TRUE"},
            {"quantity BETWEEN 3 AND 4", "TRUE"},
            {"quantity BETWEEN 2 AND 3", "TRUE"},
            {"quantity BETWEEN 4 AND 2", "FALSE"},
            {"quantity NOT BETWEEN 4 AND 5", "TRUE"},
            {"quantity BETWEEN no_number AND 2", "FALSE"},
            {"quantity BETWEEN no_number AND 3", "NULL"},
            {"quantity BETWEEN 4 AND no_number", "FALSE"},
            {"quantity BETWEEN 3 AND no_number", "NULL"},
            {"quantity NOT BETWEEN 4 AND no_number", "TRUE"},
            {"no_number BETWEEN 1 AND 2", "NULL"},
            {"day BETWEEN DATE '2024-11-01' AND DATE '2024-11-30'", "TRUE"},
            {"status BETWEEN 'p' AND 'q'", "TRUE"},
            {"status LIKE 'pa%'", "TRUE"},
            {"status LIKE 'Pa%'", "FALSE"},
            {"status LIKE '%'", "TRUE"},
            {"status LIKE 'paid%'", "TRUE"},
            {"status LIKE 'paid!%'", "FALSE"},
            {"status NOT LIKE 'x%'", "TRUE"},
            {"no_text LIKE '%'", "NULL"},
            {"no_text NOT LIKE 'a%'", "NULL"},
            {"no_text IS NULL", "TRUE"},
            {"title IS NULL", "FALSE"},
            {"title IS NOT NULL", "TRUE"},
            {"no_number IS NOT NULL", "FALSE"},
            {"NULL IS NULL", "TRUE"},
            {"(no_text = 'a') IS NULL", "TRUE"},
            {"quantity + no_number IS NULL", "TRUE"}});
  // Numbers.
  numbers({{"quantity * price", "59.7"},
           {"quantity * price - 0.7", "59"},
           {"-quantity", "-3"},
           {"-(-quantity)", "3"},
           {"- -quantity", "3"},
           {"2 + 3 * 4", "14"},
           {"(2 + 3) * 4", "20"},
           {"10 - 4 - 3", "3"},
           {"10 - (4 - 3)", "9"},
           {"-2 * 3", "-6"},
           {"2 * -3", "-6"},
           {"2 - -3", "5"},
           {"quantity + NULL", "NULL"},
           {"no_number * 2", "NULL"},
           {"-no_number", "NULL"},
           {"NULL", "NULL"},
           {"-0", "0"},
           {"0.1 + 0.2", "0.3"},
           {"0.000000001 * 0.5", "0"},
           {"0.000000003 * 0.5", "0.000000002"},
           {"0.000000005 * 0.5", "0.000000002"},
           {"-0.000000003 * 0.5", "-0.000000002"},
           {"-0.000000001 * 0.5", "0"},
           {"tiny * tiny", "0"},
           {"tiny * 0.500000001", "0.000000001"},
           {"1.000000001 * 1.000000001", "1.000000002"},
           {"most", "1000000000000000000"},
           {"most * 1", "1000000000000000000"},
           {"-most", "-1000000000000000000"},
           {"most + 0", "1000000000000000000"},
           {"most + tiny", "too large"},
           {"-most - tiny", "too large"},
           {"most * 1.000000001", "too large"},
           {"most * most", "too large"},
           {"most * -most", "too large"},
           {"most + most - most", "too large"},
           {"most - tiny", "999999999999999999.999999999"},
           {"most + tiny + NULL", "too large"},
           {"NULL + (most + tiny)", "too large"},
           {"1000000000 * 1000000000", "1000000000000000000"},
           {"1000000000.000000001 * 1000000000", "too large"},
           {"-1000000000 * 1000000000", "-1000000000000000000"}});
  // COALESCE and CASE, and how far they look.
  numbers({{"COALESCE(no_number, 7)", "7"},
           {"COALESCE(quantity, 7)", "3"},
           {"COALESCE(NULL, no_number, 1 + 1)", "2"},
           {"COALESCE(no_number, NULL)", "NULL"},
           {"COALESCE(quantity, most + 1)", "3"},
           {"COALESCE(most + 1, quantity)", "too large"},
           {"COALESCE(no_number, most + 1)", "too large"},
           {"CASE WHEN status = 'returned' THEN -1 ELSE 1 END", "1"},
           {"CASE WHEN status = 'paid' THEN -1 ELSE 1 END", "-1"},
           {"CASE WHEN no_boolean THEN 1 WHEN gift THEN 2 ELSE 3 END", "2"},
           {"CASE WHEN test THEN 1 END", "NULL"},
           {"CASE WHEN no_boolean THEN 1 END", "NULL"},
           {"CASE WHEN TRUE THEN NULL ELSE 1 END", "NULL"},
           {"CASE WHEN gift THEN 1 WHEN most + 1 > 0 THEN 2 ELSE most + 1 END", "1"},
           {"CASE WHEN most + 1 > 0 THEN 2 ELSE 3 END", "too large"},
           {"CASE WHEN test THEN most + 1 ELSE 3 END", "3"}});
  booleans({{"test AND most + 1 > 0", "FALSE"},
            {"most + 1 > 0 AND test", "too large"},
            {"gift OR most + 1 > 0", "TRUE"},
            {"gift AND most + 1 > 0", "too large"},
            {"no_boolean AND most + 1 > 0", "too large"},
            {"no_boolean OR most + 1 > 0", "too large"},
            {"NOT most + 1 > 0", "too large"},
            {"most + 1 IS NULL", "too large"},
            {"no_number = most + 1", "too large"},
            {"most + 1 = no_number", "too large"},
            {"quantity IN (3, most + 1)", "TRUE"},
            {"quantity IN (4, most + 1)", "too large"},
            {"no_number IN (most + 1)", "NULL"},
            {"most + 1 IN (1)", "too large"},
            {"quantity BETWEEN 4 AND most + 1", "too large"},
            {"no_number BETWEEN 4 AND most + 1", "too large"}});
  // Text.
  texts({{"LOWER(title)", "'  blue mug é '"},
         {"UPPER(title)", "'  BLUE MUG é '"},
         {"TRIM(title)", "'Blue MUG é'"},
         {"UPPER(TRIM(LOWER(title)))", "'BLUE MUG é'"},
         {"LOWER('AZ[@`az{Ä')", "'az[@`az{Ä'"},
         {"UPPER('AZ[@`az{ä')", "'AZ[@`AZ{ä'"},
         {"LOWER(status)", "'paid'"},
         {"LOWER(no_text)", "NULL"},
         {"TRIM(no_text)", "NULL"},
         {"TRIM('   ')", "''"},
         {"TRIM('a b')", "'a b'"},
         {"TRIM('\xC2\xA0 a')", "'\xC2\xA0 a'"},
         {"'it''s'", "'it's'"},
         {"''", "''"},
         {"COALESCE(no_text, 'none')", "'none'"},
         {"CASE WHEN gift THEN title ELSE status END", "'  Blue MUG é '"}});
  booleans({{"LOWER(TRIM(title)) LIKE 'blue mug%'", "TRUE"},
            {"LOWER('A') = LOWER('a')", "TRUE"},
            {"LOWER('A') = UPPER('a')", "FALSE"}});
  for (const auto& [expression, value] :
       std::vector<std::pair<std::string, std::string>>{{"day", "DATE '2024-11-03'"},
                                                        {"DATE '0001-01-01'", "DATE '0001-01-01'"},
                                                        {"DATE '9999-12-31'", "DATE '9999-12-31'"},
                                                        {"DATE '2024-02-29'", "DATE '2024-02-29'"},
                                                        {"COALESCE(no_date, shipped)", "DATE '1969-12-31'"},
                                                        {"CASE WHEN test THEN day END", "NULL"}})
    cases.push_back({expression, Type::kDate, value});
  return cases;
}

}  // namespace salestream::expression
