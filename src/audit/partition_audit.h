// SPDX-License-Identifier: Apache-2.0
// The audit of one partition: what the store has of it, and the same counted again from its partition log. First
// everything of the store is added, then the partition log is read through once, then the two are compared (compare.h).
// One thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "audit/amount.h"
#include "audit/plain_decoder.h"
#include "audit/reader.h"
#include "base/result.h"
#include "core/cell.h"
#include "core/definition.h"
#include "core/order.h"
#include "store/store.h"

namespace salestream::audit {

struct Sums {
  Billionths revenue = 0;
  Billionths units = 0;
  std::int64_t orders = 0;

  friend bool operator==(const Sums&, const Sums&) = default;
};
Sums sums_of(const core::Measures& measures);
// False: it does not fit.
bool add_to(Sums& sum, const Sums& more);

// One cell as it is stored, and as it is counted again. What of the source belongs to a stored one, its
// `applied_through` says: all messages up to there. What belongs to one that is not there: everything that is said to
// be in the store.
struct CellAudit {
  bool is_stored = false;
  Sums stored;
  core::Offset applied_through = core::kNothingYet;
  Sums counted;
  core::Offset last_counted = core::kNothingYet;
  core::Offset last_due = core::kNothingYet;  // the last message of the key that is said to be in the store
};

// Text can be looked up without a copy of it.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
template <typename Value>
using ByText = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

using CellAudits = ByText<CellAudit>;

// A rejected message without its bytes: there may be millions.
struct RejectRecord {
  core::RejectReason reason = core::RejectReason::kInvalidJson;
  bool is_null = false;
  bool is_met = false;   // the source has a message there
  bool is_gone = false;  // compaction may have removed its message
  std::uint64_t message_bytes = 0;
  std::uint64_t message_checksum = 0;
  std::uint64_t key_bytes = 0;
  std::uint64_t key_checksum = 0;
};

// What is wrong with the stored record of a rejected message.
struct RejectFault {
  enum class Kind : std::uint8_t { kMissing, kInvented, kOtherReason, kOtherBytes, kOtherKey } kind;
  core::Offset offset = 0;
  std::optional<core::RejectReason> expected;  // nothing: an order, or no message at all
  std::optional<core::RejectReason> stored;    // nothing: not rejected
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
  PartitionAudit(const core::Definition& definition, core::PartitionId id);

  // From the store.
  void add_stored(const core::PartitionProgress& progress) { progress_ = progress; }
  void add_stored(store::TableIndex table, const store::StoredCell& stored);
  void add_stored(const core::Reject& reject);

  // Which offsets of the source have to be read: what is said to be in the store, and what else is there of it.
  void set_range(const PartitionRange& range);
  core::Offset begin() const { return begin_; }
  core::Offset end() const { return end_; }

  // The next message of the source.
  base::Status read(const SourceMessage& message);
  // The source has been read up to there.
  void finish(core::Offset reached) { reached_ = reached; }
  // Whether the source has fewer messages than were counted.
  bool lacks_messages() const;
  // After finish(): the last step. `by_compaction`: that the source lacks messages says nothing of the store.
  void conclude(bool by_compaction);

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
  const CellAudits& cells(store::TableIndex table) const { return cells_.at(table); }
  const std::map<core::Offset, RejectRecord>& rejects() const { return rejects_; }
  const std::vector<RejectFault>& reject_faults() const { return reject_faults_; }

 private:
  base::Status count_order(core::Offset offset);
  base::Status count_item(store::TableIndex table, std::string_view key, core::Offset offset, const PlainItem& item);
  void check_reject(const SourceMessage& message, std::optional<core::RejectReason> reason);
  bool was_in_window(std::string_view id);
  std::string_view key_of(const core::TotalsTable& table, std::string_view product);

  const core::Definition& definition_;
  const core::PartitionId id_;
  std::unordered_set<std::string, TextHash, std::equal_to<>> kept_products_;  // empty: all
  std::optional<core::PartitionProgress> progress_;
  std::vector<CellAudits> cells_;  // by table
  std::map<core::Offset, RejectRecord> rejects_;
  std::map<core::Offset, RejectRecord>::iterator next_reject_;  // the first that the source has not been read past

  core::Offset begin_ = 0, end_ = 0, source_end_ = 0, reached_ = 0;
  PlainDecoder decoder_;
  OrderClock clock_;
  // The last ids, where orders are deduplicated: whole, not by a checksum.
  std::deque<std::string> window_;
  ByText<int> times_in_window_;
  PlainOrder order_;
  std::string key_;
  FirstAndLast first_and_last_;
  core::Counters counted_;  // of messages before next_offset
  std::int64_t messages_read_ = 0;
  bool is_compacted_ = false;
  std::vector<RejectFault> reject_faults_;
};

}  // namespace salestream::audit
