// SPDX-License-Identifier: Apache-2.0
// The quantities of an order whose line items are names only. One thread; it reuses its memory.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/decimal.h"
#include "decode/cursor.h"
#include "decode/fault.h"
#include "decode/object_reader.h"

namespace salestream::decode {

// Product names to quantities, as the order's object has them. Small ones are searched; from then on hashed, since a
// message of a megabyte must not cost the square of its entries.
class QuantityMap {
 public:
  QuantityMap();
  ~QuantityMap();

  void clear() {
    entries_.clear();
    if (is_indexed_) clear_index();
  }
  // False: the name is there already.
  bool insert(std::string_view name, core::Decimal quantity) {
    if (find(name) != nullptr) return false;
    entries_.emplace_back(name, quantity);
    if (entries_.size() > kSearchedEntries) add_to_index();
    return true;
  }
  const core::Decimal* find(std::string_view name) const {
    if (is_indexed_) return find_in_index(name);
    for (const auto& entry : entries_)
      if (entry.first == name) return &entry.second;
    return nullptr;
  }

  // As the order has it; a fault: it is no object, has no number, or a name twice. `place`: for details.
  std::optional<Fault> read(Cursor& cursor, const RawValue& map, const std::string& place);

 private:
  static constexpr std::size_t kSearchedEntries = 16;
  std::vector<std::pair<std::string_view, core::Decimal>> entries_;
  bool is_indexed_ = false;
  struct Index;
  std::unique_ptr<Index> index_;

  void clear_index();
  void add_to_index();  // the last entry, or all of them
  const core::Decimal* find_in_index(std::string_view name) const;
};

}  // namespace salestream::decode
