// SPDX-License-Identifier: Apache-2.0
// The value of an expression for the values of its fields, as `run` works it out for each line item:
// docs/expressions.md.
//
// - NULL as in SQL, with three truth values. Text is compared by its bytes. LOWER and UPPER change the letters A to Z
//   and a to z alone, and TRIM takes away spaces (U+0020) alone.
// - Numbers are exact: nine fraction digits, a product rounded half to even. What is beyond core::kMaxAmount is a
// fault.
// - AND, OR, IN, COALESCE and CASE work from left to right and stop as soon as their value is known, so a fault in what
//   is behind is none. All others need all of their operands, beside a NULL too.
//
// Nothing is allocated but for LOWER and UPPER, whose buffers grow. One instance a thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/value.h"
#include "expression/syntax.h"

namespace salestream::expression {

enum class Fault : std::uint8_t {
  kNone,
  kTooLarge,  // a number beyond core::kMaxAmount
};

class Evaluator {
 public:
  // A tree that was read: its operands are of the right types.
  explicit Evaluator(Tree tree);
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;
  Evaluator(Evaluator&&) = default;
  Evaluator& operator=(Evaluator&&) = default;

  // `row` has the values of the FieldTypes that the tree was read with, in their order, each of its type or NULL, and
  // numbers not beyond core::kMaxAmount. A text in `result` is a part of the row or of this evaluator, until the next
  // call.
  Fault evaluate(std::span<const core::Value> row, core::Value& result);

 private:
  enum class Truth : std::uint8_t { kFalse, kTrue, kNull, kFault };
  // What a node's evaluation needs, close together.
  struct Step {
    NodeKind kind = NodeKind::kNull;
    core::Value::Kind field_kind = core::Value::Kind::kNull;
    std::uint16_t field = 0;   // of a kField
    std::uint16_t buffer = 0;  // of kLower and kUpper
    NodeIndex first_operand = 0;
    std::uint16_t operand_count = 0;
  };

  // Nothing is a fault.
  const core::Value* value_of(NodeIndex index);
  const core::Value* field_value(const Step& step) const;
  const core::Value* computed(NodeIndex index);
  const core::Value* arithmetic(NodeIndex index);
  const core::Value* coalesce(const Step& step);
  const core::Value* choice(const Step& step);
  const core::Value* changed_text(NodeIndex index);

  Truth truth_of(NodeIndex index);
  Truth all_of(const Step& step, Truth ending);
  Truth negation(const Step& step);
  Truth comparison(const Step& step);
  Truth membership(const Step& step);
  Truth range(const Step& step);
  Truth likeness(NodeIndex index);
  Truth nullness(const Step& step);

  NodeIndex operand(const Step& step, std::size_t at) const { return tree_.operands[step.first_operand + at]; }

  Tree tree_;
  std::vector<Step> steps_;           // one for each node
  std::vector<core::Value> values_;   // of each node: of literals from the beginning
  std::vector<std::string> buffers_;  // of LOWER and UPPER
  std::span<const core::Value> row_;
};

}  // namespace salestream::expression
