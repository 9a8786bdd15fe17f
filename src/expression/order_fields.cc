// SPDX-License-Identifier: Apache-2.0
#include "expression/order_fields.h"

#include <utility>

#include "base/check.h"
#include "expression/parser.h"

namespace salestream::expression {
namespace {

using Known = core::FieldIndex::Known;

Type type_of(const core::Definition& definition, core::FieldIndex index) {
  if (index.known == Known::kQuantity || index.known == Known::kPrice || index.known == Known::kAmount)
    return Type::kNumber;
  switch (index.known == Known::kNamed ? definition.field(index)->type : core::FieldType::kText) {
    case core::FieldType::kInteger:
    case core::FieldType::kDecimal: return Type::kNumber;
    case core::FieldType::kBoolean: return Type::kBoolean;
    case core::FieldType::kDate: return Type::kDate;
    case core::FieldType::kText:
    case core::FieldType::kTime: break;
  }
  return Type::kText;
}

}  // namespace

std::vector<FieldType> types_of(const core::Definition& definition, std::span<const core::FieldIndex> fields) {
  std::vector<FieldType> types;
  for (const core::FieldIndex index : fields)
    types.push_back({definition.name_of(index), type_of(definition, index), definition.field(index)->may_be_null});
  return types;
}

Tree tree_of(const core::Definition& definition, const std::string& condition,
             std::span<const core::FieldIndex> fields) {
  Parsed parsed = parse(condition, types_of(definition, fields), Type::kBoolean);
  SALESTREAM_CHECK(parsed.ok());
  return std::move(parsed.tree);
}

}  // namespace salestream::expression
