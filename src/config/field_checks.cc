// SPDX-License-Identifier: Apache-2.0
// What is wrong with fields only beside each other.
#include <algorithm>
#include <string>
#include <vector>

#include "config/sections.h"
#include "core/key_fields.h"
#include "expression/order_fields.h"

namespace salestream::config {
namespace {

// The places of the order, or of a line item, that `order` names.
std::vector<core::FieldPath> paths_of_order(const core::Definition& definition, bool of_item) {
  using Known = core::FieldIndex::Known;
  std::vector<core::FieldPath> paths;
  for (const Known known : {Known::kId, Known::kClient, Known::kTime, Known::kCurrency, Known::kProduct,
                            Known::kQuantity, Known::kPrice, Known::kAmount}) {
    const core::Field* const field = definition.field({known});
    if (field != nullptr && !core::is_of_kafka(field->scope) && core::is_of_item(definition, {known}) == of_item)
      paths.insert(paths.end(), field->paths.begin(), field->paths.end());
  }
  if (!of_item && !definition.order.items.is_message_itself()) paths.push_back(definition.order.items.path());
  return paths;
}

base::Status check_apart(const YamlValue& value, const core::Field& field, const std::vector<core::FieldPath>& others) {
  for (const core::FieldPath& path : field.paths)
    for (const core::FieldPath& other : others) {
      if (path.holds(other)) return value.error("cannot be a value: another one stands in it");
      if (other.holds(path)) return value.error("cannot stand in what is another value");
    }
  return {};
}

bool is_currency(const expression::Tree& tree, expression::NodeIndex index) {
  const expression::Node& node = tree.nodes[index];
  if (node.kind != expression::NodeKind::kEqual) return false;
  const expression::Node& left = tree.nodes[tree.operands[node.first_operand]];
  const expression::Node& right = tree.nodes[tree.operands[node.first_operand + 1U]];
  const auto is_field = [](const expression::Node& each) {
    return each.kind == expression::NodeKind::kField && each.text == "currency";
  };
  return (is_field(left) && right.kind == expression::NodeKind::kText) ||
         (is_field(right) && left.kind == expression::NodeKind::kText);
}

bool requires_one_currency(const expression::Tree& tree) {
  const auto root = static_cast<expression::NodeIndex>(tree.nodes.size() - 1);
  if (is_currency(tree, root)) return true;
  const expression::Node& node = tree.nodes[root];
  if (node.kind != expression::NodeKind::kAnd) return false;
  for (std::size_t i = 0; i < node.operand_count; ++i)
    if (is_currency(tree, tree.operands[node.first_operand + i])) return true;
  return false;
}

}  // namespace

bool names_one_currency(const core::Definition& definition) {
  const auto requires_it = [&](const std::string& condition, const std::vector<core::FieldIndex>& fields) {
    return !condition.empty() && requires_one_currency(expression::tree_of(definition, condition, fields));
  };
  return requires_it(definition.where, core::fields_of_where(definition)) ||
         requires_it(definition.items_where, core::fields_of_items_where(definition));
}

base::Status check_fields(const YamlMap& top, const core::Definition& definition) {
  if (const auto fields = top.find("fields")) {
    for (std::size_t i = 0; i < definition.fields.size(); ++i) {
      const bool of_item = core::is_of_item(definition, core::FieldIndex::named(i));
      std::vector<core::FieldPath> others = paths_of_order(definition, of_item);
      for (std::size_t k = 0; k < i; ++k)
        if (core::is_of_item(definition, core::FieldIndex::named(k)) == of_item &&
            !core::is_of_kafka(definition.fields[k].scope))
          others.insert(others.end(), definition.fields[k].paths.begin(), definition.fields[k].paths.end());
      const core::Field& field = definition.fields[i];
      const YamlValue value = *fields->member(field.name);
      if (!core::is_of_kafka(field.scope)) SALESTREAM_TRY(check_apart(value, field, others));
      if (field.is_scaled_by_currency && !definition.order.currency)
        return value.error("is scaled by currency; say in order.currency where the currency stands");
    }
  }
  const auto order = top.find("order");
  for (const auto& [name, field] : {std::pair("price", &definition.order.price), {"amount", &definition.order.amount}})
    if (*field && (*field)->is_scaled_by_currency && !definition.order.currency)
      return order->member(name)->error("is scaled by currency; say in order.currency where the currency stands");
  return {};
}

}  // namespace salestream::config
