// SPDX-License-Identifier: Apache-2.0
// The fields of a definition as conditions see them. Pure; any thread.
#pragma once

#include <span>
#include <vector>

#include "core/key_fields.h"
#include "expression/syntax.h"

namespace salestream::expression {

// The types of core::fields_of_where or core::fields_of_items_where, in their order.
std::vector<FieldType> types_of(const core::Definition& definition, std::span<const core::FieldIndex> fields);

// A definition's `where` or `items_where`, or with kNumber its `sign`, which the pipeline file's reader has found to be
// right.
Tree tree_of(const core::Definition& definition, const std::string& text, std::span<const core::FieldIndex> fields,
             Type type = Type::kBoolean);

}  // namespace salestream::expression
