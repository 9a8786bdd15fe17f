// SPDX-License-Identifier: Apache-2.0
#include "audit/key_layout.h"

#include <algorithm>
#include <string_view>

#include "core/key_fields.h"

namespace salestream::audit {
namespace {

std::size_t place_in(std::vector<core::FieldIndex>& fields, core::FieldIndex field) {
  const auto found = std::find(fields.begin(), fields.end(), field);
  const auto place = static_cast<std::size_t>(found - fields.begin());
  if (found == fields.end()) fields.push_back(field);
  return place;
}

}  // namespace

KeyLayout::KeyLayout(const core::Definition& definition) {
  for (const core::TotalsTable& table : definition.totals) {
    std::vector<Part>& parts = tables_.emplace_back();
    for (const core::Dimension& dimension : table.by) parts.push_back(part_of(definition, dimension));
  }
}

KeyLayout::Part KeyLayout::part_of(const core::Definition& definition, const core::Dimension& dimension) {
  switch (dimension.field.known) {
    case core::FieldIndex::Known::kProduct: return {Part::From::kProduct};
    case core::FieldIndex::Known::kClient: return {Part::From::kClient};
    case core::FieldIndex::Known::kTime: return {Part::From::kTime, 0, dimension.window};
    default: break;
  }
  if (core::is_of_item(definition, dimension.field))
    return {Part::From::kItemValue, place_in(of_item_, dimension.field), dimension.window};
  return {Part::From::kOrderValue, place_in(of_order_, dimension.field), dimension.window};
}

PlainKeyValue KeyLayout::value_of(const Part& part, const PlainOrder& order, std::size_t item) const {
  switch (part.from) {
    case Part::From::kProduct: return {order.items[item].product, {}};
    case Part::From::kClient: return {order.client, {}};
    case Part::From::kTime: return {{}, order.moment};
    case Part::From::kOrderValue: return order.order_values[part.place];
    case Part::From::kItemValue: return order.item_values[item * of_item_.size() + part.place];
  }
  return {};
}

// Each line item has a key in each table: the texts that the table is by, and the base. Windows are in the base.
std::int64_t KeyLayout::item_bytes(const PlainOrder& order, std::size_t item) const {
  std::int64_t bytes = 0;
  for (const std::vector<Part>& parts : tables_) {
    bytes += core::kKeyBaseBytes;
    for (const Part& part : parts)
      if (part.window == core::Window::kNone)
        bytes += static_cast<std::int64_t>(value_of(part, order, item).text.size());
  }
  return bytes;
}

std::string KeyLayout::key_of(store::TableIndex table, const PlainOrder& order, std::size_t item,
                              const OrderClock& clock) const {
  const std::vector<Part>& parts = tables_[table];
  std::vector<std::string> windows(parts.size());
  std::vector<std::string_view> values;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const PlainKeyValue value = value_of(parts[i], order, item);
    if (parts[i].window == core::Window::kNone)
      values.push_back(value.text);
    else
      values.push_back(windows[i] = clock.window(parts[i].window, value.moment));
  }
  return values.size() == 1 ? std::string(values.front()) : core::make_key(values);
}

}  // namespace salestream::audit
