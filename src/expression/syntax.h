// SPDX-License-Identifier: Apache-2.0
// The syntax tree of an expression of the pipeline file, as parser.h reads it: docs/expressions.md. Nodes lie in one
// vector, operands before what they are operands of, so that the same expression is the same tree, to be compared and
// copied as a value. It is small by its limits, so that it can be walked recursively. Values; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/decimal.h"

namespace salestream::expression {

inline constexpr std::size_t kMaxTextBytes = 4096;  // of an expression as it is written
inline constexpr std::size_t kMaxNodes = 256;
inline constexpr std::size_t kMaxLevels = 32;  // of nodes within nodes, and of parentheses within parentheses

enum class Type : std::uint8_t { kText, kNumber, kBoolean, kDate };

// "text", "a number", "a boolean", "a date".
std::string_view name_of(Type type);

// What an expression may name. Where a row of values stands for a message, they are in the order of these.
struct FieldType {
  std::string name;
  Type type = Type::kText;
  bool may_be_null = false;
};

enum class NodeKind : std::uint8_t {
  // without operands
  kNull,
  kText,
  kNumber,  // also a negative one
  kBoolean,
  kDate,
  kField,
  // of numbers
  kAdd,
  kSubtract,
  kMultiply,
  kNegate,
  // conditions
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kIn,       // the value, and then the list
  kBetween,  // the value, the least, the greatest
  kIsNull,
  kLike,  // `text` is the pattern without its %
  kAnd,   // of two or more: `a AND b AND c` is one node
  kOr,
  kNot,  // also of NOT IN, NOT BETWEEN, NOT LIKE and IS NOT NULL
  // of any type
  kCoalesce,
  kCase,  // condition and value in turns; one more is ELSE
  // of text
  kLower,
  kUpper,
  kTrim,
};

using NodeIndex = std::uint16_t;

struct Node {
  NodeKind kind = NodeKind::kNull;
  Type field_type = Type::kText;  // of a kField
  bool boolean = false;           // a kBoolean
  std::uint16_t field = 0;        // a kField: its place among the FieldTypes
  std::int32_t days = 0;          // a kDate, since 1970-01-01
  core::Decimal number;           // a kNumber
  std::string text;               // a kText, the pattern of a kLike, the name of a kField
  NodeIndex first_operand = 0;    // in Tree::operands
  std::uint16_t operand_count = 0;

  friend bool operator==(const Node&, const Node&) = default;
};

struct Tree {
  std::vector<Node> nodes;  // the last one is the whole
  std::vector<NodeIndex> operands;

  NodeIndex root() const { return static_cast<NodeIndex>(nodes.size() - 1); }
  std::span<const NodeIndex> operands_of(const Node& node) const {
    return std::span(operands).subspan(node.first_operand, node.operand_count);
  }
  // Its operands are there already, and were added from left to right.
  NodeIndex add(Node node, std::span<const NodeIndex> its_operands);

  friend bool operator==(const Tree&, const Tree&) = default;
};

// The one way to write the tree: on one line, parentheses only where they are needed, words in capital letters. Read
// again it is the same tree. A stored definition has it, so it never changes.
std::string to_text(const Tree& tree);

// The fields that it uses, each once, as they come in it. Views into the tree.
std::vector<std::string_view> fields_of(const Tree& tree);

}  // namespace salestream::expression
