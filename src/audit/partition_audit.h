// SPDX-License-Identifier: Apache-2.0
// The audit of one partition: its progress and rejected messages in the store, and the same counted again from its
// partition log. Line items go to an ItemCounter. First everything of the store is added, then the partition log is
// read through once, then the two are compared (compare.h). One thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "audit/item_counter.h"
#include "audit/key_layout.h"
#include "audit/order_decoder.h"
#include "audit/reader.h"
#include "audit/reject_records.h"
#include "base/result.h"
#include "core/cell.h"
#include "core/definition.h"
#include "core/order.h"
#include "store/store.h"

namespace salestream::audit {

// What is wrong with the stored record of a rejected message.
struct RejectFault {
  enum class Kind : std::uint8_t { kMissing, kInvented, kOtherReason, kOtherBytes, kOtherKey } kind;
  core::Offset offset = 0;
  std::optional<core::RejectReason> expected;  // nothing: an order, or no message at all
  std::optional<core::RejectReason> stored;    // nothing: not rejected
};

// How many there are, and the first of them, in the order of their offsets: as many as are listed.
struct RejectFaults {
  std::int64_t count = 0;
  std::vector<RejectFault> first;

  void add(const RejectFault& fault, std::size_t most_listed) {
    ++count;
    if (most_listed == 0 || first.size() < most_listed) first.push_back(fault);
  }
};

// The first and the last message that was counted, as the source has them: what progress keeps of both.
struct FirstAndLast {
  core::Offset first_offset = core::kNothingYet;
  std::uint64_t first_checksum = 0;
  core::Offset last_offset = core::kNothingYet;  // before next_offset
  std::uint64_t last_checksum = 0;
  std::int64_t last_timestamp_ms = -1;
};

class PartitionAudit {
 public:
  // `most_listed`: so many faults are kept, beside their number; 0: all.
  PartitionAudit(const core::Definition& definition, core::PartitionId id, std::size_t most_listed);

  // From the store. Rejected messages in the order of their offsets, one partition after the other.
  void add_stored(const core::PartitionProgress& progress) { progress_ = progress; }
  void add_stored(const store::StoredCell& cell);
  base::Status add_stored(const core::Reject& reject, RejectRecords& records);

  // Which offsets of the source have to be read: what is said to be in the store, and what else is there of it.
  void set_range(const PartitionRange& range, const RejectRecords& records);
  core::Offset begin() const { return begin_; }
  core::Offset end() const { return end_; }

  // Gets the line items of all messages.
  void set_counter(std::unique_ptr<ItemCounter> counter) { counter_ = std::move(counter); }
  // The next message of the source; after set_counter().
  base::Status read(const SourceMessage& message);
  // Behind a long message: its memory.
  void give_back_memory();
  // The source has been read up to there. What memory was for the reading is given back.
  base::Status finish(core::Offset reached);
  // Whether the source has fewer messages than were counted.
  bool lacks_messages() const;
  // After finish(): the last step. `by_compaction`: that the source lacks messages says nothing of the store.
  base::Status conclude(bool by_compaction);
  // Another reading of the same messages, of which `counter` gets the line items, and nothing else is looked at.
  std::unique_ptr<PartitionAudit> read_again(std::unique_ptr<ItemCounter> counter) const;

  core::PartitionId id() const { return id_; }
  const std::optional<core::PartitionProgress>& progress() const { return progress_; }
  core::Offset next_offset() const { return progress_ ? progress_->next_offset : begin_; }
  // False: messages that were counted have expired, so that sums which have them in them can't be proven.
  bool is_whole() const { return !progress_ || begin_ <= progress_->first_offset; }
  // True: some of what was counted is gone from among what is left.
  bool is_compacted() const { return is_compacted_; }
  // Every message that was counted is there.
  bool is_complete() const { return is_whole() && !is_compacted_; }
  // Which orders are duplicates depends on messages that are gone: what is left may give more than was counted.
  bool may_count_too_much() const { return definition_.deduplicate.has_value() && !is_complete(); }
  core::Offset reached() const { return reached_; }
  core::Offset source_end() const { return source_end_; }
  const FirstAndLast& first_and_last() const { return first_and_last_; }
  const core::Counters& counted() const { return counted_; }
  std::int64_t messages_read() const { return messages_read_; }
  std::int64_t rejects() const { return reject_count_; }
  std::int64_t unproven_rejects() const { return unproven_rejects_; }  // their messages are gone
  const RejectFaults& reject_faults() const { return reject_faults_; }

 private:
  // What only the reading needs, of which there may be many megabytes.
  struct Reading {
    explicit Reading(const core::Definition& definition) : decoder(definition), layout(definition), clock(definition) {}

    OrderDecoder decoder;
    KeyLayout layout;
    OrderClock clock;
    // The last ids, where orders are deduplicated, as kept_id() makes them.
    std::deque<std::string> window;
    ByText<int> times_in_window;
    PlainChange change;
  };

  void count_message(const SourceMessage& message, std::optional<core::RejectReason> reason, bool is_duplicate);
  base::Status count_change(core::Offset offset);
  base::Status count_order(core::Offset offset, const PlainOrder& order, bool is_subtracted);
  base::Status check_reject(const SourceMessage& message, std::optional<core::RejectReason> reason);
  void compare_reject(const SourceMessage& message, std::optional<core::RejectReason> reason,
                      const RejectRecord& record);
  void pass_over(const RejectRecord& record);
  bool was_in_window(std::string_view whole_id);

  const core::Definition& definition_;
  const core::PartitionId id_;
  std::unordered_set<std::string, TextHash, std::equal_to<>> kept_products_;  // empty: all
  std::optional<core::PartitionProgress> progress_;
  core::Offset newest_applied_ = core::kNothingYet;  // of the cells
  std::int64_t first_reject_ = 0, reject_count_ = 0;
  core::Offset last_reject_ = core::kNothingYet;
  RejectCursor next_reject_;  // the first that the source has not been read past

  core::Offset begin_ = 0, end_ = 0, source_end_ = 0, reached_ = 0;
  std::unique_ptr<Reading> reading_;  // from the first message on
  FirstAndLast first_and_last_;
  core::Counters counted_;  // of messages before next_offset
  std::int64_t messages_read_ = 0;
  bool is_compacted_ = false;
  std::int64_t unproven_rejects_ = 0;
  const std::size_t most_listed_;
  RejectFaults reject_faults_;
  RejectFaults not_met_;  // the source has other messages behind those
  std::unique_ptr<ItemCounter> counter_;
};

}  // namespace salestream::audit
