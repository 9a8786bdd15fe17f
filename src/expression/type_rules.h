// SPDX-License-Identifier: Apache-2.0
// Which types may stand together, and what to write where they may not: the sentences of the parser's errors. Pure; any
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "expression/syntax.h"

namespace salestream::expression {

// A part of an expression that was read.
struct Operand {
  NodeIndex node = 0;
  std::optional<Type> type;  // nothing: NULL of any type
  std::size_t begin = 0;     // in the text
  std::string_view source;   // as it stands there

  std::size_t end() const { return begin + source.size(); }
};

struct Complaint {
  std::size_t offset = 0;  // in the text
  std::string message;
};

// In each case nothing where it may be so.

// Values that are compared, or one of which is the result: "status is text, and 1 is a number; write '1'".
std::optional<Complaint> unlike_types(const Tree& tree, const Operand& a, const Operand& b);

// What an operator or function takes: "status is text, and + takes numbers".
std::optional<Complaint> other_than(const Tree& tree, Type wanted, std::string_view taker, const Operand& operand);

// The whole expression: "status is text, and a boolean is needed here".
std::optional<Complaint> not_wanted(const Tree& tree, Type wanted, const Operand& whole);

// `symbol`, such as <, between the two. NULL is nothing to compare with, and booleans have no order.
std::optional<Complaint> not_comparable(const Tree& tree, std::string_view symbol, const Operand& a, const Operand& b);

// What stands behind LIKE, without its quotes.
std::optional<std::string> no_pattern(std::string_view pattern);

// On one line, and cut where it is long.
std::string shown(std::string_view source);

}  // namespace salestream::expression
