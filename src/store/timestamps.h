// SPDX-License-Identifier: Apache-2.0
// The write timestamps (microseconds) by which a last-write-wins store, Cassandra, puts rows in the order of what is in
// them and not of when they were written: the greater `applied_through`, version or offset wins, whenever it arrives.
// All of a generation lie above its base, so rows older than the base count as absent. Pure; any thread. See
// docs/exactly-once.md.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "core/cell.h"

namespace salestream::store {

using TimestampUs = std::int64_t;

// A generation begins with `init` and with every `reset`.
struct Generation {
  TimestampUs base_us = 0;
};

// The greatest base there may be: beyond it a sum with an offset might not fit.
inline constexpr TimestampUs kGreatestBaseUs = TimestampUs{1} << 62;
inline bool is_base(TimestampUs us) { return us >= 0 && us <= kGreatestBaseUs; }

// How far a generation's timestamps may still run beyond those that a reset has seen of it: an instance that sleeps
// through the reset may hold rows that nobody has read yet. 19 hours as a time, 68 billion messages as an offset.
inline constexpr TimestampUs kUnseenMarginUs = TimestampUs{1} << 36;

// So far beyond it; or, where there is no such timestamp, the greatest there is, which is no base: what a person writes
// may have any.
inline TimestampUs beyond_margin(TimestampUs us) {
  return std::min(us, std::numeric_limits<TimestampUs>::max() - kUnseenMarginUs) + kUnseenMarginUs;
}
// Whether a base may lie beyond a row with this timestamp.
inline bool leaves_room(TimestampUs us) { return us <= kGreatestBaseUs - kUnseenMarginUs; }

// The base of a generation that begins now: the clock's time, unless what the former generation has written, or may
// still write, reaches beyond it. `newest_us`: the greatest timestamp among its rows, 0 if there are none. It is one
// only if is_base() says so.
inline Generation first_generation(TimestampUs now_us) { return {now_us}; }
inline Generation next_generation(TimestampUs now_us, Generation former, TimestampUs newest_us) {
  return {std::max(now_us, beyond_margin(std::max(former.base_us, newest_us)))};
}

// What the totals rows of a generation count from after a repair, instead of its base: beyond all that has been
// written, or may still be, of their former base, and beyond the clock, since a deletion by hand has a timestamp that
// can't be read, of a clock that may go before ours.
inline Generation repaired_totals(TimestampUs now_us, Generation former, TimestampUs newest_us) {
  return {beyond_margin(std::max({now_us, former.base_us, newest_us}))};
}

// Whether a timestamp can hold such an offset or version.
inline bool fits(Generation g, std::int64_t offset) {
  return offset >= 0 && offset < std::numeric_limits<TimestampUs>::max() - 1 - g.base_us;
}

inline TimestampUs cell_timestamp(Generation g, core::Offset through) { return g.base_us + through + 1; }
// `version` is TotalsRow::version, Σ (through + 1) over the partitions.
inline TimestampUs totals_timestamp(Generation g, std::int64_t version) { return g.base_us + version; }
inline TimestampUs progress_timestamp(Generation g, core::Offset next_offset) { return g.base_us + next_offset; }
inline TimestampUs reject_timestamp(Generation g, core::Offset offset) { return g.base_us + offset + 1; }

// Of the account of what was sent again (store/resends.h), which outlives generations: a resend is begun once and
// settled after that, perhaps by another process, in this generation or a later one, and always with the same answer.
inline TimestampUs begun_resend_timestamp(Generation g) { return g.base_us + 1; }
inline TimestampUs settled_resend_timestamp(Generation g) { return g.base_us + 2; }

// For deleting a row of an earlier generation, or of another program from before this one: nothing of this generation
// is as old as that.
inline TimestampUs clearing_timestamp(Generation g) { return g.base_us; }

// Whether a row with this timestamp belongs to the generation, and not to one before it.
inline bool belongs_to(Generation g, TimestampUs timestamp_us) { return timestamp_us > g.base_us; }

}  // namespace salestream::store
