// SPDX-License-Identifier: Apache-2.0
#include "audit/partition_audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "base/logging.h"
#include "store/reject_text.h"

namespace salestream::audit {
namespace {

// The id of an order: whole, not by a checksum, but for one that is longer than any that people make. A window may have
// ten million, and an id 32 KiB.
constexpr std::size_t kMostWholeIdBytes = 64;

std::string kept_id(std::string_view id) {
  if (id.size() <= kMostWholeIdBytes) return std::string(id);
  return fmt::format("{}|{:x}|{:x}|{}", id.substr(0, kMostWholeIdBytes / 2), core::checksum(id),
                     std::hash<std::string_view>()(id), id.size());
}

}  // namespace

PartitionAudit::PartitionAudit(const core::Definition& definition, core::PartitionId id, std::size_t most_listed)
    : definition_(definition),
      id_(id),
      kept_products_(definition.keep_products.begin(), definition.keep_products.end()),
      most_listed_(most_listed) {}

void PartitionAudit::add_stored(const store::StoredCell& cell) {
  newest_applied_ = std::max(newest_applied_, cell.cell.applied_through);
}

base::Status PartitionAudit::add_stored(const core::Reject& reject, RejectRecords& records) {
  if (reject_count_ == 0) first_reject_ = records.size();
  if (records.size() != first_reject_ + reject_count_ || (reject_count_ > 0 && reject.offset <= last_reject_))
    return base::failure("the store gives rejected messages in no order, so they can't be audited");
  RejectRecord record;
  record.offset = last_reject_ = reject.offset;
  record.reason = reject.reason;
  record.is_null = reject.is_null;
  record.message_bytes = reject.message.size();
  record.message_checksum = core::checksum(reject.message);
  record.key_bytes = reject.key.size();
  record.key_checksum = core::checksum(reject.key);
  ++reject_count_;
  return records.add(record);
}

void PartitionAudit::set_range(const PartitionRange& range, const RejectRecords& records) {
  begin_ = range.begin;
  source_end_ = range.end;
  end_ = progress_ ? progress_->next_offset : begin_;
  end_ = std::max(end_, newest_applied_ + 1);
  if (reject_count_ > 0) end_ = std::max(end_, last_reject_ + 1);
  end_ = std::max(begin_, std::min(end_, source_end_));
  next_reject_ = RejectCursor(records, first_reject_, reject_count_);
}

std::unique_ptr<PartitionAudit> PartitionAudit::read_again(std::unique_ptr<ItemCounter> counter) const {
  auto again = std::make_unique<PartitionAudit>(definition_, id_, 1);
  again->set_counter(std::move(counter));
  again->progress_ = progress_;
  again->begin_ = begin_;
  again->end_ = end_;
  return again;
}

base::Status PartitionAudit::read(const SourceMessage& message) {
  ++messages_read_;
  if (reading_ == nullptr) reading_ = std::make_unique<Reading>(definition_);
  PlainChange& change = reading_->change;
  const auto reason = reading_->decoder.read(
      {message.bytes, message.is_null, message.is_cut, message.key, message.timestamp_ms, message.headers}, change);
  SALESTREAM_TRY(check_reject(message, reason));
  const bool is_order = !reason && !change.is_left_out();
  const bool is_duplicate = definition_.deduplicate && was_in_window(is_order ? change.after.id : std::string_view());
  if (message.offset < next_offset()) count_message(message, reason, is_duplicate);
  return is_order && !is_duplicate ? count_change(message.offset) : base::Status();
}

void PartitionAudit::count_message(const SourceMessage& message, std::optional<core::RejectReason> reason,
                                   bool is_duplicate) {
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
  const PlainChange& change = reading_->change;
  if (reason) {
    ++counted_.rejects[static_cast<std::size_t>(*reason)];
  } else if (is_duplicate) {
    ++counted_.duplicates;
  } else if (!change.is_left_out()) {
    ++counted_.orders;
    counted_.items += change.has_before ? static_cast<std::int64_t>(change.before.items.size()) : 0;
    counted_.items += change.has_after ? static_cast<std::int64_t>(change.after.items.size()) : 0;
    const bool is_wrong =
        (change.has_before && change.before.has_wrong_total) || (change.has_after && change.after.has_wrong_total);
    counted_.wrong_totals += is_wrong ? 1 : 0;
  }
}

// Empty: a message without an order. Either way it is the window's last from now on.
bool PartitionAudit::was_in_window(std::string_view whole_id) {
  const std::string id = kept_id(whole_id);
  std::deque<std::string>& window = reading_->window;
  ByText<int>& times = reading_->times_in_window;
  const auto found = times.find(std::string_view(id));
  const bool was_there = !id.empty() && found != times.end();
  window.emplace_back(id);
  if (!id.empty()) {
    if (was_there)
      ++found->second;
    else
      times.emplace(id, 1);
  }
  if (static_cast<std::int64_t>(window.size()) <= definition_.deduplicate->window_messages) return was_there;
  if (const auto oldest = times.find(window.front()); oldest != times.end())
    if (--oldest->second == 0) times.erase(oldest);
  window.pop_front();
  return was_there;
}

base::Status PartitionAudit::count_change(core::Offset offset) {
  const PlainChange& change = reading_->change;
  if (change.has_before) SALESTREAM_TRY(count_order(offset, change.before, true));
  if (change.has_after) SALESTREAM_TRY(count_order(offset, change.after, false));
  return counter_->end_message();
}

base::Status PartitionAudit::count_order(core::Offset offset, const PlainOrder& order, bool is_subtracted) {
  for (std::size_t i = 0; i < order.items.size(); ++i) {
    const PlainItem& item = order.items[i];
    if (!kept_products_.empty() && !kept_products_.contains(item.product)) continue;
    CountedItem counted{offset, offset < next_offset(), is_subtracted, {item.revenue, item.quantity, 0}};
    if (is_subtracted) counted.sums = {-item.revenue, -item.quantity, 0};
    for (store::TableIndex table = 0; table < definition_.totals.size(); ++table)
      SALESTREAM_TRY(counter_->add(table, reading_->layout.key_of(table, order, i, reading_->clock), counted));
  }
  return {};
}

base::Status PartitionAudit::finish(core::Offset reached) {
  reached_ = reached;
  reading_.reset();
  return counter_->finish();
}

void PartitionAudit::give_back_memory() { reading_->decoder.give_back_memory(reading_->change); }

base::Status PartitionAudit::check_reject(const SourceMessage& message, std::optional<core::RejectReason> reason) {
  for (;;) {
    SALESTREAM_ASSIGN(const RejectRecord* record, next_reject_.peek());
    if (record == nullptr || record->offset > message.offset) break;
    record->offset < message.offset ? pass_over(*record) : compare_reject(message, reason, *record);
    const bool is_here = record->offset == message.offset;
    next_reject_.advance();
    if (is_here) return {};
  }
  if (reason && message.offset < next_offset())
    reject_faults_.add({RejectFault::Kind::kMissing, message.offset, reason, std::nullopt}, most_listed_);
  return {};
}

// The source has no message there.
void PartitionAudit::pass_over(const RejectRecord& record) {
  if (record.offset < begin_)
    ++unproven_rejects_;
  else
    not_met_.add({RejectFault::Kind::kInvented, record.offset, std::nullopt, record.reason}, most_listed_);
}

void PartitionAudit::compare_reject(const SourceMessage& message, std::optional<core::RejectReason> reason,
                                    const RejectRecord& record) {
  using Kind = RejectFault::Kind;
  const auto fault = [&](Kind kind) {
    reject_faults_.add({kind, message.offset, reason, record.reason}, most_listed_);
  };
  if (!reason) return fault(Kind::kInvented);
  if (record.reason != *reason) return fault(Kind::kOtherReason);
  const bool is_beginning =
      record.message_bytes == store::kMaxCutMessageBytes && record.message_bytes < message.bytes.size();
  const std::string_view kept = is_beginning ? message.bytes.substr(0, store::kMaxCutMessageBytes) : message.bytes;
  if (record.is_null != message.is_null || record.message_bytes != kept.size() ||
      record.message_checksum != core::checksum(kept))
    return fault(Kind::kOtherBytes);
  const bool is_key_beginning = record.key_bytes == store::kMaxCutKeyBytes && record.key_bytes < message.key.size();
  const std::string_view kept_key = is_key_beginning ? message.key.substr(0, store::kMaxCutKeyBytes) : message.key;
  if (record.key_checksum != core::checksum(kept_key)) fault(Kind::kOtherKey);
}

bool PartitionAudit::lacks_messages() const {
  const std::int64_t newer = messages_read_ - counted_.messages;  // in cells that are ahead of progress
  return (progress_ && counted_.messages < progress_->counters.messages) ||
         newer < reached_ - std::max(begin_, next_offset());
}

base::Status PartitionAudit::conclude(bool by_compaction) {
  is_compacted_ = by_compaction && lacks_messages();
  const auto take_not_met = [&] {
    for (const RejectFault& fault : not_met_.first) reject_faults_.first.push_back(fault);
    reject_faults_.count += not_met_.count;
    not_met_ = {};
  };
  // Behind the last message that was read, those that compaction may have removed too, up to where it was looked for.
  for (;;) {
    SALESTREAM_ASSIGN(const RejectRecord* record, next_reject_.peek());
    if (record == nullptr || record->offset >= reached_) break;
    pass_over(*record);
    next_reject_.advance();
  }
  if (is_compacted_)
    unproven_rejects_ += std::exchange(not_met_, {}).count;
  else
    take_not_met();
  for (;;) {
    SALESTREAM_ASSIGN(const RejectRecord* record, next_reject_.peek());
    if (record == nullptr) break;
    pass_over(*record);
    next_reject_.advance();
  }
  take_not_met();
  return {};
}

}  // namespace salestream::audit
