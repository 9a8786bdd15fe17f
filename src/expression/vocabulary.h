// SPDX-License-Identifier: Apache-2.0
// The words and symbols that an expression may have, and what is said of others. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "expression/lexer.h"
#include "expression/syntax.h"

namespace salestream::expression {

struct Function {
  std::string_view name;
  NodeKind kind;
};
struct Comparison {
  std::string_view symbol;
  NodeKind kind;
};

// Nothing: it is none.
const Function* function_of(const Token& token);
const Comparison* comparison_of(const Token& token);

// Sentences with what was probably meant.
std::string unknown_function(std::string_view written);
std::string unknown_field(std::string_view name, std::span<const FieldType> fields);

}  // namespace salestream::expression
