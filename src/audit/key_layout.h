// SPDX-License-Identifier: Apache-2.0
// Of what the keys of a definition's tables are made, in the audit's own way: which fields of an order and of its line
// items a decoder has to keep for them, how many bytes they count as (docs/orders.md, "Keys"), and the keys themselves.
// Immutable once made; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "audit/order_clock.h"
#include "audit/plain_order.h"
#include "core/definition.h"
#include "store/store.h"

namespace salestream::audit {

class KeyLayout {
 public:
  explicit KeyLayout(const core::Definition& definition);

  // Beside product, client and the order's own time; PlainOrder has their values in this order.
  const std::vector<core::FieldIndex>& of_order() const { return of_order_; }
  const std::vector<core::FieldIndex>& of_item() const { return of_item_; }

  // Of the order's line item with this number, in all tables.
  std::int64_t item_bytes(const PlainOrder& order, std::size_t item) const;
  // Beyond it the message is rejected.
  static bool is_too_much(std::int64_t bytes) { return bytes > core::kMaxOrderKeyBytes; }

  std::string key_of(store::TableIndex table, const PlainOrder& order, std::size_t item, const OrderClock& clock) const;

 private:
  // Where one value of a key comes from.
  struct Part {
    enum class From : std::uint8_t { kProduct, kClient, kTime, kOrderValue, kItemValue } from = From::kProduct;
    std::size_t place = 0;
    core::Window window = core::Window::kNone;
  };

  Part part_of(const core::Definition& definition, const core::Dimension& dimension);
  PlainKeyValue value_of(const Part& part, const PlainOrder& order, std::size_t item) const;

  std::vector<core::FieldIndex> of_order_, of_item_;
  std::vector<std::vector<Part>> tables_;
};

}  // namespace salestream::audit
