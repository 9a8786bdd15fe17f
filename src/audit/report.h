// SPDX-License-Identifier: Apache-2.0
// What an audit found. Plain values.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/cell.h"
#include "core/message.h"

namespace salestream::audit {

// One thing that is not in the store as the source has it.
struct Difference {
  std::string table;             // as the store calls it: "product_sales", "product_sales_cells", "progress", "rejects"
  std::vector<std::string> key;  // the values of `by`; of a rejected message: its offset
  std::string column;            // "row" where all of it is missing, or too much
  std::string expected;
  std::string stored;
  std::vector<core::PartitionId> partitions;  // that it comes from; none: not known
  std::string meaning;                        // for people: what that is
};

// Differences, all counted, of which as many are kept as are listed: the first by table, key and partitions, and of one
// place those that were found first.
class DifferenceList {
 public:
  DifferenceList() = default;
  DifferenceList(std::initializer_list<Difference> differences) : kept_(differences), count_(differences.size()) {}

  // 0: all (default).
  void keep_at_most(std::size_t most) { most_ = most; }
  void push_back(Difference difference);
  // So many more, which come after all that are listed.
  void count_more(std::int64_t count) { count_ += static_cast<std::size_t>(count); }
  void sort();
  // Behind those that are there.
  void append(DifferenceList&& more);

  std::int64_t count() const { return static_cast<std::int64_t>(count_); }
  bool empty() const { return count_ == 0; }
  // From here on: those that are kept.
  std::size_t size() const { return kept_.size(); }
  const Difference& operator[](std::size_t i) const { return kept_[i]; }
  const Difference& at(std::size_t i) const { return kept_.at(i); }
  const Difference& front() const { return kept_.front(); }
  auto begin() const { return kept_.begin(); }
  auto end() const { return kept_.end(); }

 private:
  std::vector<Difference> kept_;
  std::size_t count_ = 0;
  std::size_t most_ = 0;
};

struct PartitionReport {
  core::PartitionId partition = 0;
  core::Offset begin = 0;  // offsets [begin, end) were compared
  core::Offset end = 0;
  core::Offset first_offset = 0;          // where the totals begin: before `begin` when messages have expired
  core::Offset next_offset = 0;           // before it, everything is said to be in the store
  core::Counters counted;                 // in that range, from the source
  std::int64_t stored_messages = 0;       // that were counted, by the store
  bool is_compacted = false;              // some of those are gone from among what is left
  bool is_gone_meanwhile = false;         // some, before cells that were to be counted again were
  std::optional<core::Offset> short_end;  // where the source ends, which is before next_offset

  bool has_expired() const { return begin > first_offset; }
  bool is_whole() const { return !has_expired() && !is_compacted && !is_gone_meanwhile; }
};

struct TableReport {
  std::string name;
  std::int64_t rows = 0;            // in the store
  std::int64_t cells = 0;           // in the store
  std::int64_t unproven_cells = 0;  // that also have messages in them which are gone from the source
  std::int64_t unknown_cells = 0;   // that lack messages, and whose others were gone before they were counted again
  std::int64_t differences = 0;
  std::int64_t cell_differences = 0;  // of those
  std::int64_t unsettled_rows = 0;    // that a run was writing for as long as the audit looked
};

// A totals row that was not the sum of its cells, and is by now.
struct RepairedRow {
  std::string table;
  std::vector<std::string> key;
  std::string was, is;
};

struct RepairReport {
  std::vector<RepairedRow> rows;
  std::int64_t vain_rows = 0;    // that were written again, and are not right all the same
  std::int64_t left_rows = 0;    // with cells that are not what the source gives
  std::int64_t left_cells = 0;   // such cells, where they kept all rows from being repaired
  bool finished_other = false;   // before the audit: one that was killed
  bool looked_again = false;     // at rows: the report is of after that
  bool writes_all_rows = false;  // in this store
  std::string error;             // empty: none
};

struct Report {
  std::vector<PartitionReport> partitions;
  std::vector<TableReport> tables;
  std::int64_t rejects = 0;           // in the store
  std::int64_t unproven_rejects = 0;  // whose messages are gone
  std::int64_t reject_differences = 0;
  std::int64_t progress_differences = 0;
  std::string truth_file;  // empty: none was asked for
  std::int64_t truth_rows = 0;
  std::int64_t truth_differences = 0;
  std::int64_t messages_read = 0;
  DifferenceList differences;
  DifferenceList unsettled;  // not proven, and not different: in which columns, at the last look

  std::optional<RepairReport> repair;  // nothing: none was asked for; what it mended is no difference any more

  bool is_settled() const { return unsettled.empty(); }
  bool is_equal() const { return differences.empty(); }
  bool is_whole() const;
  core::Counters counted() const;  // over all partitions
};

}  // namespace salestream::audit
