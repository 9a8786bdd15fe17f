// SPDX-License-Identifier: Apache-2.0
// The quantities of an order whose line items are names only. One thread; it reuses its memory.
#pragma once

#include <absl/container/flat_hash_map.h>

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
  void clear() {
    entries_.clear();
    index_.clear();
  }
  // False: the name is there already.
  bool insert(std::string_view name, core::Decimal quantity) {
    if (find(name) != nullptr) return false;
    if (entries_.size() == kSearchedEntries)
      for (std::size_t i = 0; i < entries_.size(); ++i) index_.emplace(entries_[i].first, i);
    if (entries_.size() >= kSearchedEntries) index_.emplace(name, entries_.size());
    entries_.emplace_back(name, quantity);
    return true;
  }
  const core::Decimal* find(std::string_view name) const {
    if (!index_.empty()) {
      const auto found = index_.find(name);
      return found == index_.end() ? nullptr : &entries_[found->second].second;
    }
    for (const auto& entry : entries_)
      if (entry.first == name) return &entry.second;
    return nullptr;
  }

  // As the order has it; a fault: it is no object, has no number, or a name twice. `place`: for details.
  std::optional<Fault> read(Cursor& cursor, const RawValue& map, const std::string& place);

 private:
  static constexpr std::size_t kSearchedEntries = 16;
  std::vector<std::pair<std::string_view, core::Decimal>> entries_;
  absl::flat_hash_map<std::string_view, std::size_t> index_;
};

}  // namespace salestream::decode
