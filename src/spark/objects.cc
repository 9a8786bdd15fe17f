// SPDX-License-Identifier: Apache-2.0
#include "spark/objects.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "spark/sql_text.h"

namespace salestream::spark {
namespace {

std::string marked(const std::string& name) { return literal("s" + name); }

}  // namespace

void Objects::add(const core::FieldPath& field, bool required) {
  SALESTREAM_CHECK(!field.steps.empty());
  std::size_t node = 0;
  for (std::size_t step = 0; step < field.steps.size(); ++step) {
    const std::string& name = field.steps[step];
    auto& fields = nodes_[node].fields;
    auto found = std::ranges::find(fields, name, &Field::name);
    if (found == fields.end()) found = fields.insert(fields.end(), Field{name});
    found->required = found->required || required;
    if (step + 1 == field.steps.size()) return;
    if (found->inner == 0) {
      found->inner = nodes_.size();
      nodes_.push_back({node, nodes_[node].depth + 1, name, {}});  // `fields` and `found` are gone now
      node = nodes_.size() - 1;
    } else {
      node = found->inner;
    }
  }
}

std::size_t Objects::find(const core::FieldPath& field) const {
  std::size_t node = 0;
  for (std::size_t step = 0; step + 1 < field.steps.size(); ++step)
    node = std::ranges::find(nodes_[node].fields, field.steps[step], &Field::name)->inner;
  return node;
}

std::string Objects::value_of(const core::FieldPath& field) const {
  return fmt::format("{}[{}]", text_of(find(field)), marked(field.steps.back()));
}

std::size_t Objects::depth() const { return std::ranges::max(nodes_, {}, &Node::depth).depth; }

std::vector<Objects::Inner> Objects::inner_objects(std::size_t depth) const {
  std::vector<Inner> inner;
  for (std::size_t i = 1; i < nodes_.size(); ++i)
    if (nodes_[i].depth == depth)
      inner.push_back({fmt::format("from_json({}[{}], 'MAP<STRING, STRING>', {})", text_of(nodes_[i].parent),
                                   marked(nodes_[i].name), kJsonOptions),
                       name_of(i)});
  return inner;
}

std::vector<std::string> Objects::names_above(std::size_t depth) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (nodes_[i].depth < depth) names.push_back(name_of(i));
  return names;
}

std::vector<std::string> Objects::faults() const {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const std::string object = text_of(i);
    std::string twice;
    for (const Field& field : nodes_[i].fields)
      twice += fmt::format("{}size({}) - size(array_remove(map_keys({}), {})) > 1", twice.empty() ? "" : " OR ", object,
                           object, marked(field.name));
    // Few objects have any name twice, and that is asked first.
    out.push_back(fmt::format("WHEN size(array_distinct(map_keys({}))) < size({}) AND ({}) THEN 'duplicate_field'",
                              object, object, twice));
    for (const Field& field : nodes_[i].fields) {
      if (field.required)
        out.push_back(
            fmt::format("WHEN NOT map_contains_key({}, {}) THEN 'missing_field'", object, marked(field.name)));
      if (field.inner != 0)
        out.push_back(fmt::format("WHEN map_contains_key({}, {}) AND {} IS NULL THEN 'wrong_type'", object,
                                  marked(field.name), text_of(field.inner)));
    }
  }
  return out;
}

}  // namespace salestream::spark
