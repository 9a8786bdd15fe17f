// SPDX-License-Identifier: Apache-2.0
// Which of a definition's fields its keys are made of, beside product, client and the order's own time, and so where a
// decoder puts their values: those of the order first, then those of each of its line items. Immutable once made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/definition.h"
#include "core/order.h"

namespace salestream::core {

// As keys hold it. Lives as long as the decoder's current batch.
struct KeyValue {
  std::string_view text;  // of a time: nothing
  OrderTime time;         // of a time only: a key has the name of its window
};

// Where one value of a table's key comes from.
struct KeyPart {
  enum class From : std::uint8_t { kProduct, kClient, kTime, kOrderValue, kItemValue };
  From from = From::kProduct;
  Window window = Window::kNone;
  std::uint8_t place = 0;  // among the values of the order, or of the line item
};

struct KeyFields {
  std::vector<FieldIndex> of_order;
  std::vector<FieldIndex> of_item;

  static KeyFields of(const Definition& definition);
  KeyPart part(const Dimension& dimension) const;
};

// Whether a field stands in a line item; a quantity in a map does not.
bool is_of_item(const Definition& definition, FieldIndex field);

// What a condition can name, in the order in which a row of values has it: `where` the fields of the order,
// `items_where` and `sign` these and then those of a line item. A field that is a time is none of them.
std::vector<FieldIndex> fields_of_where(const Definition& definition);
std::vector<FieldIndex> fields_of_items_where(const Definition& definition);

}  // namespace salestream::core
