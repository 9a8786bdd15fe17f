// SPDX-License-Identifier: Apache-2.0
#include "engine/duplicate_filter.h"

#include <optional>
#include <string_view>
#include <utility>

namespace salestream::engine {

void DuplicateFilter::assign(core::PartitionId partition) {
  if (!definition_.deduplicate) return;
  const auto messages = static_cast<std::size_t>(definition_.deduplicate->window_messages);
  partitions_.insert_or_assign(partition, Partition{DuplicateWindow(messages)});
}

void DuplicateFilter::forget() { partitions_.clear(); }

void DuplicateFilter::leave_out(const core::MessageBatch& batch, const decode::DecodedBatch& decoded,
                                std::vector<char>& is_counted) {
  if (!definition_.deduplicate) return;
  if (!std::exchange(has_seen_batch_, true)) see(batch, decoded);
  for (std::size_t i = 0; i < is_counted.size(); ++i)
    if (is_duplicate_[i] != 0) is_counted[i] = 0;
}

void DuplicateFilter::see(const core::MessageBatch& batch, const decode::DecodedBatch& decoded) {
  const std::vector<core::Message>& messages = batch.messages();
  is_duplicate_.assign(messages.size(), 0);
  auto order = decoded.orders.begin();
  auto at = partitions_.end();
  for (std::size_t i = 0; i < messages.size(); ++i) {
    while (order != decoded.orders.end() && order->message < i) ++order;
    if (at == partitions_.end() || at->first != messages[i].partition) at = partitions_.find(messages[i].partition);
    if (at == partitions_.end() || messages[i].offset < at->second.next) continue;
    std::optional<std::string_view> id;
    if (order != decoded.orders.end() && order->message == i) id = order->id;
    is_duplicate_[i] = at->second.window.add(messages[i].offset, id) ? 1 : 0;
    at->second.next = messages[i].next_offset;
  }
}

core::Offset DuplicateFilter::rebuilt_from(core::PartitionId partition) const {
  const auto found = partitions_.find(partition);
  return found == partitions_.end() ? core::kNothingYet : found->second.window.rebuilt_from();
}

}  // namespace salestream::engine
