// SPDX-License-Identifier: Apache-2.0
// Cells, totals and progress: what the store keeps. A cell's value is a pure function of (definition, partition log,
// key, applied_through): every writer of a given `applied_through` writes the same value, so keeping the greatest is
// all the coordination that instances need. Values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "core/decimal.h"
#include "core/message.h"
#include "core/order.h"

namespace salestream::core {

struct Measures {
  Decimal revenue;
  Decimal units;
  std::int64_t orders = 0;

  friend bool operator==(const Measures&, const Measures&) = default;
};

// Sums; nothing when one of them does not fit, which takes more than 10^11 orders of the largest size.
std::optional<Measures> add(const Measures& a, const Measures& b);

// No message is in it.
inline constexpr Offset kNothingYet = -1;

// The part of one totals row that came from one partition.
struct Cell {
  Measures measures;
  Offset applied_through = kNothingYet;  // the offset of the last message that is in the measures

  friend bool operator==(const Cell&, const Cell&) = default;
};

// A totals row: the sum of the cells of its key over all partitions, and the version that orders its writes,
// Σ (applied_through + 1): greater whenever any of its cells is newer.
struct TotalsRow {
  std::string key;  // see make_key
  Measures measures;
  std::int64_t version = 0;
};

// What a partition log gave so far. Absolute counts, written together with next_offset, so they are exact too.
struct Counters {
  std::int64_t messages = 0;
  std::int64_t orders = 0;        // counted
  std::int64_t items = 0;         // line items of the counted orders, before `keep`
  std::int64_t wrong_totals = 0;  // whose own total differs from the sum of their items
  std::int64_t duplicates = 0;    // orders that were left out because their id had come before
  std::array<std::int64_t, kRejectReasonCount> rejects{};

  std::int64_t all_rejects() const;
  // Orders that `where` leaves out: every message that is nothing else. No counter of its own, which stores of before
  // would not have.
  std::int64_t left_out() const { return messages - orders - duplicates - all_rejects(); }
  Counters& operator+=(const Counters& more);
  friend bool operator==(const Counters&, const Counters&) = default;
};

struct PartitionProgress {
  PartitionId partition = 0;
  Offset first_offset = 0;              // the first message that was counted; it never moves
  std::uint64_t first_checksum = 0;     // of that message: a recreated topic has another one there
  Offset next_offset = 0;               // every message before it is in the store
  Offset last_offset = kNothingYet;     // the last message before next_offset
  std::uint64_t last_checksum = 0;      // of that message
  std::int64_t last_timestamp_ms = -1;  // of that message
  // With `deduplicate`: a reader that starts here knows the ids before next_offset.
  Offset window_offset = kNothingYet;
  Counters counters;
};

// FNV-1a, 64 bit (http://www.isthe.com/chongo/tech/comp/fnv/): tells one source from another, not for security.
std::uint64_t checksum(std::string_view bytes);

}  // namespace salestream::core
