// SPDX-License-Identifier: Apache-2.0
#include "expression/order_fields.h"

#include <utility>

#include "base/check.h"
#include "expression/parser.h"

namespace salestream::expression {
namespace {

Type type_of(core::FieldType type) {
  switch (type) {
    case core::FieldType::kInteger:
    case core::FieldType::kDecimal: return Type::kNumber;
    case core::FieldType::kBoolean: return Type::kBoolean;
    case core::FieldType::kDate: return Type::kDate;
    case core::FieldType::kText:
    case core::FieldType::kTime: break;  // no condition has a time
  }
  return Type::kText;
}

}  // namespace

std::vector<FieldType> types_of(const core::Definition& definition, std::span<const core::FieldIndex> fields) {
  std::vector<FieldType> types;
  for (const core::FieldIndex index : fields)
    types.push_back(
        {definition.name_of(index), type_of(definition.type_of(index)), definition.field(index)->may_be_null});
  return types;
}

Tree tree_of(const core::Definition& definition, const std::string& text, std::span<const core::FieldIndex> fields,
             Type type) {
  Parsed parsed = parse(text, types_of(definition, fields), type);
  SALESTREAM_CHECK(parsed.ok());
  return std::move(parsed.tree);
}

}  // namespace salestream::expression
