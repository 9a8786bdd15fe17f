// SPDX-License-Identifier: Apache-2.0
#include "audit/item_counter.h"

#include "base/allocated_bytes.h"

namespace salestream::audit {
namespace {

// What the C++ library takes for an entry, beside key and value.
constexpr std::size_t kEntryBytes = 48;

// An order, or one less.
std::int64_t order_of(const CountedItem& item) { return item.is_subtracted ? -1 : 1; }

}  // namespace

base::Status PartCounter::add(store::TableIndex table, std::string_view key, const CountedItem& item) {
  ByText<CountedPart>& parts = parts_[table];
  auto found = parts.find(key);
  if (found == parts.end()) {
    found = parts.try_emplace(std::string(key)).first;
    used_bytes_ += sizeof(*found) + base::allocated_bytes(found->first.capacity() + 1) + kEntryBytes;
  }
  CountedPart& part = found->second;
  const bool is_new = part.last_offset == core::kNothingYet;
  if (is_new || (!item.is_due && part.last_offset != item.offset)) {
    if (!is_new) SALESTREAM_TRY(records_.add_counted(table, partition_, key, part));
    part = {item.offset, item.offset, {}, item.is_due};
  }
  // However many line items an order has of a key, it is one order.
  Sums more = item.sums;
  const bool is_first = part.last_offset != item.offset || part.is_last_subtracted != item.is_subtracted;
  more.orders = is_first ? order_of(item) : 0;
  part.last_offset = item.offset;
  part.is_last_subtracted = item.is_subtracted;
  return add_to(part.sums, more) ? base::Status() : does_not_fit(partition_, item.offset, key);
}

base::Status PartCounter::finish() {
  for (store::TableIndex table = 0; table < parts_.size(); ++table) {
    for (const auto& [key, part] : parts_[table]) SALESTREAM_TRY(records_.add_counted(table, partition_, key, part));
    ByText<CountedPart>().swap(parts_[table]);  // assigned an empty one, it would keep its buckets
  }
  used_bytes_ = 0;
  return {};
}

void CellCounter::ask_for(std::string_view key, CellAudit& cell) {
  cell.counted = {};
  cell.last_counted = core::kNothingYet;
  cells_.emplace(key, &cell);
}

base::Status CellCounter::add(store::TableIndex table, std::string_view key, const CountedItem& item) {
  if (table != table_) return {};
  const auto found = cells_.find(key);
  if (found == cells_.end()) return {};
  CellAudit& cell = *found->second;
  if (item.offset > cell.applied_through) return {};
  Sums more = item.sums;
  const bool is_first = cell.last_counted != item.offset || cell.is_last_subtracted != item.is_subtracted;
  more.orders = is_first ? order_of(item) : 0;
  cell.last_counted = item.offset;
  cell.is_last_subtracted = item.is_subtracted;
  return add_to(cell.counted, more) ? base::Status() : does_not_fit(partition_, item.offset, key);
}

}  // namespace salestream::audit
