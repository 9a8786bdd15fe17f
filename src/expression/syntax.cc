// SPDX-License-Identifier: Apache-2.0
#include "expression/syntax.h"

#include <algorithm>
#include <utility>

namespace salestream::expression {

std::string_view name_of(Type type) {
  switch (type) {
    case Type::kText: return "text";
    case Type::kNumber: return "a number";
    case Type::kBoolean: return "a boolean";
    case Type::kDate: return "a date";
  }
  return {};
}

NodeIndex Tree::add(Node node, std::span<const NodeIndex> its_operands) {
  node.first_operand = static_cast<NodeIndex>(operands.size());
  node.operand_count = static_cast<std::uint16_t>(its_operands.size());
  operands.insert(operands.end(), its_operands.begin(), its_operands.end());
  nodes.push_back(std::move(node));
  return root();
}

std::vector<std::string_view> fields_of(const Tree& tree) {
  std::vector<std::string_view> names;
  for (const Node& node : tree.nodes)
    if (node.kind == NodeKind::kField && std::find(names.begin(), names.end(), node.text) == names.end())
      names.emplace_back(node.text);
  return names;
}

}  // namespace salestream::expression
