// SPDX-License-Identifier: Apache-2.0
#include "expression/vocabulary.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/nearest_word.h"
#include "expression/parser.h"
#include "expression/type_rules.h"

namespace salestream::expression {
namespace {

constexpr std::array<std::string_view, 15> kKeywords = {
    "AND", "OR", "NOT", "IN", "BETWEEN", "IS", "NULL", "LIKE", "TRUE", "FALSE", "CASE", "WHEN", "THEN", "ELSE", "END"};

constexpr std::array kFunctions = {Function{"COALESCE", NodeKind::kCoalesce}, Function{"LOWER", NodeKind::kLower},
                                   Function{"TRIM", NodeKind::kTrim}, Function{"UPPER", NodeKind::kUpper}};

constexpr std::array kComparisons = {Comparison{"=", NodeKind::kEqual},          Comparison{"<>", NodeKind::kNotEqual},
                                     Comparison{"!=", NodeKind::kNotEqual},      Comparison{"<", NodeKind::kLess},
                                     Comparison{"<=", NodeKind::kLessOrEqual},   Comparison{">", NodeKind::kGreater},
                                     Comparison{">=", NodeKind::kGreaterOrEqual}};

std::string list_of(std::span<const FieldType> fields) {
  constexpr std::size_t kMost = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(fields.size(), kMost); ++i) text += (i == 0 ? "" : ", ") + fields[i].name;
  return fields.size() > kMost ? text + ", …" : text;
}

}  // namespace

const Function* function_of(const Token& token) {
  const auto found = std::find_if(kFunctions.begin(), kFunctions.end(),
                                  [&](const Function& each) { return token.is_word(each.name); });
  return found == kFunctions.end() ? nullptr : &*found;
}

const Comparison* comparison_of(const Token& token) {
  const auto found = std::find_if(kComparisons.begin(), kComparisons.end(),
                                  [&](const Comparison& each) { return token.is_symbol(each.symbol); });
  return found == kComparisons.end() ? nullptr : &*found;
}

std::string unknown_function(std::string_view written) {
  std::vector<std::string_view> names;
  for (const Function& each : kFunctions) names.push_back(each.name);
  const std::string name = upper_case(written);
  const std::string_view near = base::nearest_word(name, names);
  const std::string known =
      near.empty() ? "there are COALESCE, LOWER, UPPER and TRIM" : "did you mean " + std::string(near) + '?';
  return "there is no function " + shown(written) + "; " + known;
}

std::string unknown_field(std::string_view name, std::span<const FieldType> fields) {
  std::vector<std::string_view> names;
  for (const FieldType& field : fields) names.emplace_back(field.name);
  const auto same = std::find_if(names.begin(), names.end(),
                                 [&](std::string_view each) { return upper_case(each) == upper_case(name); });
  const std::string_view near = same == names.end() ? base::nearest_word(name, names) : *same;
  const std::string sentence = "there is no field " + shown(name);
  if (!near.empty()) return sentence + "; did you mean " + std::string(near) + '?';
  const std::string quoted = "; if it is text, write '" + shown(name) + "'";
  return sentence + quoted + (fields.empty() ? "" : "; known here: " + list_of(fields));
}

bool is_keyword(std::string_view word) {
  return std::find(kKeywords.begin(), kKeywords.end(), upper_case(word)) != kKeywords.end();
}

}  // namespace salestream::expression
