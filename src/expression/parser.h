// SPDX-License-Identifier: Apache-2.0
// The text of an expression into its syntax tree: a subset of SQL's, docs/expressions.md. Types are checked here, so
// that a tree which was read has operands of the right types everywhere. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "expression/syntax.h"

namespace salestream::expression {

// Where and why a text is no expression, for the person who wrote it.
struct ParseError {
  std::string message;     // one sentence
  std::size_t line = 1;    // from 1, within the text
  std::size_t column = 1;  // from 1, in characters
  std::string excerpt;     // that line, as much of it as is near, and below it a ^ under the place; no line end behind
};

struct Parsed {
  Tree tree;                        // empty where there is an error
  std::optional<ParseError> error;  // at the first place that is wrong
  bool ok() const { return !error.has_value(); }
};

// `wanted`: the type that the whole must have. Names in `fields` are unlike each other; those that are keywords can't
// be written.
Parsed parse(std::string_view text, std::span<const FieldType> fields, Type wanted);

// Whether a word is a keyword, in small or capital letters, and so can't be the name of a field in an expression.
bool is_keyword(std::string_view word);

}  // namespace salestream::expression
