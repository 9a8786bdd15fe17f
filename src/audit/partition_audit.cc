// SPDX-License-Identifier: Apache-2.0
#include "audit/partition_audit.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/logging.h"

namespace salestream::audit {
namespace {

// Of a longer message Cassandra keeps the beginning (docs/cassandra.md).
constexpr std::uint64_t kMostKeptBytes = 8 << 20;
constexpr std::uint64_t kMostKeptKeyBytes = 4 << 20;

}  // namespace

Sums sums_of(const core::Measures& measures) {
  return {billionths_of(measures.revenue), billionths_of(measures.units), measures.orders};
}

bool add_to(Sums& sum, const Sums& more) {
  Sums result = sum;
  if (!add_to(result.revenue, more.revenue) || !add_to(result.units, more.units) ||
      __builtin_add_overflow(result.orders, more.orders, &result.orders))
    return false;
  sum = result;
  return true;
}

PartitionAudit::PartitionAudit(const core::Definition& definition, core::PartitionId id)
    : definition_(definition),
      id_(id),
      kept_products_(definition.keep_products.begin(), definition.keep_products.end()),
      cells_(definition.totals.size()),
      decoder_(definition),
      clock_(definition) {}

void PartitionAudit::add_stored(store::TableIndex table, const store::StoredCell& stored) {
  CellAudit& cell = cells_.at(table)[stored.key];
  cell.is_stored = true;
  cell.stored = sums_of(stored.cell.measures);
  cell.applied_through = stored.cell.applied_through;
}

void PartitionAudit::add_stored(const core::Reject& reject) {
  RejectRecord& record = rejects_[reject.offset];
  record.reason = reject.reason;
  record.is_null = reject.is_null;
  record.message_bytes = reject.message.size();
  record.message_checksum = core::checksum(reject.message);
  record.key_bytes = reject.key.size();
  record.key_checksum = core::checksum(reject.key);
}

void PartitionAudit::set_range(const PartitionRange& range) {
  begin_ = range.begin;
  source_end_ = range.end;
  end_ = progress_ ? progress_->next_offset : begin_;
  for (const CellAudits& cells : cells_)
    for (const auto& [key, cell] : cells) end_ = std::max(end_, cell.applied_through + 1);
  if (!rejects_.empty()) end_ = std::max(end_, rejects_.rbegin()->first + 1);
  end_ = std::max(begin_, std::min(end_, source_end_));
  next_reject_ = rejects_.begin();
}

base::Status PartitionAudit::read(const SourceMessage& message) {
  ++messages_read_;
  const auto reason = decoder_.read({message.bytes, message.is_null, message.is_cut}, order_);
  check_reject(message, reason);
  const bool is_duplicate = definition_.deduplicate && was_in_window(reason ? std::string_view() : order_.id);
  if (message.offset < next_offset()) {
    ++counted_.messages;
    if (first_and_last_.first_offset == core::kNothingYet) {
      first_and_last_.first_offset = message.offset;
      first_and_last_.first_checksum = core::checksum(message.bytes);
    }
    first_and_last_.last_offset = message.offset;
    if (message.offset == progress_->last_offset) {
      first_and_last_.last_checksum = core::checksum(message.bytes);
      first_and_last_.last_timestamp_ms = message.timestamp_ms;
    }
    if (reason) {
      ++counted_.rejects[static_cast<std::size_t>(*reason)];
    } else if (is_duplicate) {
      ++counted_.duplicates;
    } else {
      ++counted_.orders;
      counted_.items += static_cast<std::int64_t>(order_.items.size());
      counted_.wrong_totals += order_.has_wrong_total ? 1 : 0;
    }
  }
  return reason || is_duplicate ? base::Status() : count_order(message.offset);
}

// Empty: a message without an order. Either way it is the window's last from now on.
bool PartitionAudit::was_in_window(std::string_view id) {
  const auto found = times_in_window_.find(id);
  const bool was_there = !id.empty() && found != times_in_window_.end();
  window_.emplace_back(id);
  if (!id.empty()) {
    if (was_there)
      ++found->second;
    else
      times_in_window_.emplace(id, 1);
  }
  if (static_cast<std::int64_t>(window_.size()) <= definition_.deduplicate->window_messages) return was_there;
  if (const auto oldest = times_in_window_.find(window_.front()); oldest != times_in_window_.end())
    if (--oldest->second == 0) times_in_window_.erase(oldest);
  window_.pop_front();
  return was_there;
}

base::Status PartitionAudit::count_order(core::Offset offset) {
  for (const PlainItem& item : order_.items) {
    if (!kept_products_.empty() && !kept_products_.contains(item.product)) continue;
    for (store::TableIndex table = 0; table < definition_.totals.size(); ++table)
      SALESTREAM_TRY(count_item(table, key_of(definition_.totals[table], item.product), offset, item));
  }
  return {};
}

base::Status PartitionAudit::count_item(store::TableIndex table, std::string_view key, core::Offset offset,
                                        const PlainItem& item) {
  const bool is_due = offset < next_offset();
  auto found = cells_[table].find(key);
  if (found == cells_[table].end()) {
    if (!is_due) return {};
    found = cells_[table].try_emplace(std::string(key)).first;
  }
  CellAudit& cell = found->second;
  if (is_due) cell.last_due = offset;
  if (cell.is_stored ? offset > cell.applied_through : !is_due) return {};
  // However many line items an order has of a key, it is one order.
  const Sums more{item.revenue, item.quantity, cell.last_counted == offset ? 0 : 1};
  cell.last_counted = offset;
  if (add_to(cell.counted, more)) return {};
  return base::failure(
      fmt::format("partition {} offset {}: the total of '{}' does not fit into 128 bits, so it can't "
                  "be audited",
                  id_, offset, base::printable(key, 100)));
}

std::string_view PartitionAudit::key_of(const core::TotalsTable& table, std::string_view product) {
  std::vector<std::string> windows(table.by.size());
  std::vector<std::string_view> values;
  for (std::size_t i = 0; i < table.by.size(); ++i) {
    if (table.by[i] == core::Dimension::kProduct)
      values.push_back(product);
    else if (table.by[i] == core::Dimension::kClient)
      values.push_back(order_.client);
    else
      values.push_back(windows[i] = clock_.window(table.by[i], order_.moment));
  }
  key_ = values.size() == 1 ? std::string(values.front()) : core::make_key(values);
  return key_;
}

void PartitionAudit::check_reject(const SourceMessage& message, std::optional<core::RejectReason> reason) {
  using Kind = RejectFault::Kind;
  while (next_reject_ != rejects_.end() && next_reject_->first < message.offset) ++next_reject_;
  if (next_reject_ == rejects_.end() || next_reject_->first != message.offset) {
    if (reason && message.offset < next_offset())
      reject_faults_.push_back({Kind::kMissing, message.offset, reason, std::nullopt});
    return;
  }
  RejectRecord& record = next_reject_->second;
  record.is_met = true;
  const auto fault = [&](Kind kind) { reject_faults_.push_back({kind, message.offset, reason, record.reason}); };
  if (!reason) return fault(Kind::kInvented);
  if (record.reason != *reason) return fault(Kind::kOtherReason);
  const bool is_beginning = record.message_bytes == kMostKeptBytes && record.message_bytes < message.bytes.size();
  const std::string_view kept = is_beginning ? message.bytes.substr(0, kMostKeptBytes) : message.bytes;
  if (record.is_null != message.is_null || record.message_bytes != kept.size() ||
      record.message_checksum != core::checksum(kept))
    return fault(Kind::kOtherBytes);
  const bool is_key_beginning = record.key_bytes == kMostKeptKeyBytes && record.key_bytes < message.key.size();
  const std::string_view kept_key = is_key_beginning ? message.key.substr(0, kMostKeptKeyBytes) : message.key;
  if (record.key_checksum != core::checksum(kept_key)) fault(Kind::kOtherKey);
}

bool PartitionAudit::lacks_messages() const {
  const std::int64_t newer = messages_read_ - counted_.messages;  // in cells that are ahead of progress
  return (progress_ && counted_.messages < progress_->counters.messages) ||
         newer < reached_ - std::max(begin_, next_offset());
}

void PartitionAudit::conclude(bool by_compaction) {
  is_compacted_ = by_compaction && lacks_messages();
  for (auto& [offset, record] : rejects_) {
    if (record.is_met || offset < begin_) continue;
    record.is_gone = is_compacted_ && offset < reached_;
    // What the source would have had to bring.
    if (!record.is_gone) reject_faults_.push_back({RejectFault::Kind::kInvented, offset, std::nullopt, record.reason});
  }
}

}  // namespace salestream::audit
