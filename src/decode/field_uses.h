// SPDX-License-Identifier: Apache-2.0
// Which of a definition's fields are looked at, and for what: docs/fields.md. Immutable once made; any thread.
#pragma once

#include <string>
#include <vector>

#include "core/definition.h"

namespace salestream::decode {

class FieldUses {
 public:
  explicit FieldUses(const core::Definition& definition);

  // Whether anything asks for it: a key, a condition, what is counted, or a number that is scaled by it.
  bool is_used(core::FieldIndex index) const;
  // Whether the condition names it, or a number that is scaled by it.
  bool is_of_where(core::FieldIndex index) const { return is_of(where_, index); }
  bool is_of_items_where(core::FieldIndex index) const { return is_of(items_where_, index); }

 private:
  using Names = std::vector<std::string>;

  bool is_named_in(const Names& names, core::FieldIndex index) const;
  bool is_of(const Names& names, core::FieldIndex index) const;
  bool is_in_a_key(core::FieldIndex index) const;

  const core::Definition& definition_;
  const Names where_, items_where_, sign_;     // that the conditions and the sign use
  std::vector<core::FieldIndex> by_currency_;  // numbers that are scaled by it
};

}  // namespace salestream::decode
