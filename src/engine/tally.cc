// SPDX-License-Identifier: Apache-2.0
#include "engine/tally.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/logging.h"

namespace salestream::engine {

Tally::Tally(const core::Definition& definition, store::Session& session, std::int64_t cells_in_memory_bytes)
    : definition_(definition),
      session_(session),
      decoder_(definition),
      cells_(cells_in_memory_bytes),
      keep_(definition.keep_products.begin(), definition.keep_products.end()) {
  if (definition.has_windows()) windows_ = calendar::Windows::of(definition);
  const core::KeyFields fields = core::KeyFields::of(definition);
  order_values_ = fields.of_order.size();
  item_values_ = fields.of_item.size();
  for (const core::TotalsTable& table : definition.totals) {
    std::vector<core::KeyPart>& parts = by_.emplace_back();
    for (const core::Dimension& dimension : table.by) parts.push_back(fields.part(dimension));
  }
}

std::string_view Tally::value_of(const core::KeyPart& part, const Item& item) {
  const auto of = [&](const core::KeyValue& value) {
    return part.window == core::Window::kNone ? value.text : windows_->name_of(part.window, value.time);
  };
  switch (part.from) {
    case core::KeyPart::From::kProduct: return item.product;
    case core::KeyPart::From::kClient: return item.order.client;
    case core::KeyPart::From::kTime: return windows_->name_of(part.window, item.order.time);
    case core::KeyPart::From::kOrderValue: return of(item.order_values[part.place]);
    case core::KeyPart::From::kItemValue: return of(item.item_values[part.place]);
  }
  return {};
}

std::string_view Tally::key_of(const std::vector<core::KeyPart>& by, const Item& item) {
  if (by.size() == 1)  // mostly the product
    return by.front().from == core::KeyPart::From::kProduct ? item.product : value_of(by.front(), item);
  core::KeyWriter writer(key_, by.size());
  for (const core::KeyPart& part : by) writer.add(value_of(part, item));
  return key_;
}

base::Status Tally::fold(const core::MessageBatch& batch, const BatchMarks& marks) {
  const decode::DecodedBatch& decoded = marks.decoded();
  // Places first, so that everything missing is loaded together; then the sums, in the order of the source.
  pending_.clear();
  for (const decode::DecodedOrder& order : marks.slice_orders()) {
    if (!marks.is_counted(order.message)) continue;
    const core::Message& message = batch.messages()[order.message];
    const core::KeyValue* const order_values = decoded.key_values.data() + order.key_values_begin;
    const core::KeyValue* item_values = order_values + order_values_;
    for (std::uint32_t i = order.items_begin; i < order.items_end; ++i, item_values += item_values_) {
      const std::string_view product = decoded.items[i].product;
      if (!is_kept(product)) continue;
      for (store::TableIndex table = 0; table < definition_.totals.size(); ++table) {
        const std::string_view key = key_of(by_[table], {product, order, order_values, item_values});
        pending_.push_back({cells_.find_or_add(table, message.partition, key), i, order.sign, message.offset});
      }
    }
  }
  SALESTREAM_TRY(load_missing());
  for (const PendingItem& pending : pending_)
    if (!cells_.fold(pending.slot, pending.offset, decoded.items[pending.item], pending.sign))
      return base::failure(fmt::format(
          "the total of '{}' has become too large to be kept exactly (offset {} would overflow it); nothing of it was "
          "written",
          base::printable(cells_.key_of(pending.slot), 100), pending.offset));
  return {};
}

base::Status Tally::load_missing() {
  if (cells_.unloaded().empty()) return {};
  std::vector<CellCache::Slot> slots, empty;
  for (const CellCache::Slot slot : cells_.unloaded()) (cells_.begins_empty(slot) ? empty : slots).push_back(slot);
  const auto place = [&](CellCache::Slot slot) {
    return std::tuple(cells_.table_of(slot), cells_.partition_of(slot), cells_.key_of(slot));
  };
  std::sort(slots.begin(), slots.end(), [&](auto a, auto b) { return place(a) < place(b); });

  // All are read before one is set: after an error all are still missing.
  std::vector<std::optional<core::Cell>> found, found_now;
  std::vector<std::string_view> keys;
  for (std::size_t begin = 0; begin < slots.size();) {
    const store::TableIndex table = cells_.table_of(slots[begin]);
    const core::PartitionId partition = cells_.partition_of(slots[begin]);
    std::size_t end = begin;
    keys.clear();
    while (end < slots.size() && end - begin < store::FlushSteps::kMaxRowsPerStep &&
           cells_.table_of(slots[end]) == table && cells_.partition_of(slots[end]) == partition)
      keys.push_back(cells_.key_of(slots[end++]));
    SALESTREAM_TRY(session_.read_partition_cells(table, partition, keys, found_now));
    SALESTREAM_CHECK(found_now.size() == keys.size());
    found.insert(found.end(), found_now.begin(), found_now.end());
    begin = end;
  }
  for (std::size_t i = 0; i < slots.size(); ++i) cells_.set_loaded(slots[i], found[i].value_or(core::Cell{}));
  for (const CellCache::Slot slot : empty) cells_.set_loaded(slot, core::Cell{});
  cells_.all_loaded();
  misses_ += static_cast<std::int64_t>(slots.size());
  return {};
}

}  // namespace salestream::engine
