// SPDX-License-Identifier: Apache-2.0
#include "decode/field_tree.h"

#include "base/check.h"

namespace salestream::decode {
namespace {

const FieldEdge* find_missing(const FieldNode& node, std::uint64_t missing) {
  for (const FieldEdge& edge : node.edges) {
    if (edge.role != Role::kBranch && (missing >> edge.bit & 1) != 0) return &edge;
    for (const FieldNode& below : edge.below)
      if (const FieldEdge* found = find_missing(below, missing)) return found;
  }
  return nullptr;
}

}  // namespace

const FieldEdge* FieldNode::find(std::string_view name) const {
  for (const FieldEdge& edge : edges)
    if (edge.name() == name) return &edge;
  return nullptr;
}

FieldEdge& FieldTree::add_edge(const core::FieldPath& path, Role role) {
  SALESTREAM_CHECK(!path.is_element_itself());
  FieldNode* node = &root;
  FieldEdge* edge = nullptr;
  std::string text;
  for (std::size_t i = 0; i < path.steps.size(); ++i) {
    text += (i == 0 ? "" : ".") + path.steps[i];
    const bool is_leaf = i + 1 == path.steps.size();
    edge = nullptr;
    for (FieldEdge& candidate : node->edges)
      if (candidate.name() == path.steps[i]) edge = &candidate;
    if (edge == nullptr) {
      const std::string quoted_name = path.steps[i] + '"';
      node->heads.emplace_back(quoted_name);
      node->edges.push_back({quoted_name, is_leaf ? role : Role::kBranch, edge_count++, text, {}});
      edge = &node->edges.back();
      if (!is_leaf) edge->below.resize(1);
    } else {
      const bool is_value_again = is_leaf && role == Role::kValue && edge->role == Role::kValue;
      SALESTREAM_CHECK(is_value_again || (!is_leaf && edge->role == Role::kBranch));
    }
    if (!is_leaf) node = &edge->below.front();
  }
  return *edge;
}

void FieldTree::add(const core::FieldPath& path, Role role, bool is_required) {
  const FieldEdge& edge = add_edge(path, role);
  SALESTREAM_CHECK(edge_count <= kMaxSetEdges);
  if (is_required) required |= std::uint64_t{1} << edge.bit;
}

std::uint32_t FieldTree::add_value(const core::FieldPath& path) { return add_edge(path, Role::kValue).bit; }

std::string FieldTree::first_missing(std::uint64_t seen) const {
  const FieldEdge* edge = find_missing(root, required & ~seen);
  return edge == nullptr ? std::string() : edge->path;
}

}  // namespace salestream::decode
