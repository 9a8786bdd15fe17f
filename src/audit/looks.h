// SPDX-License-Identifier: Apache-2.0
// Looking again at totals rows of a store that a run may be writing to, for who compares them and who repairs them.
// Any thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <vector>

#include "base/retry.h"
#include "core/cell.h"
#include "store/store.h"

namespace salestream::audit {

// A run's flush writes cells, then rows, then progress. So a row is settled when progress has passed all of its cells,
// and is wrong if it stays so, unchanged, for some looks; before that a flush is under way, which may be slow.
inline constexpr int kLooksUntilWrong = 5;

using NextOffsets = std::map<core::PartitionId, core::Offset>;

inline NextOffsets next_offsets_of(const std::vector<core::PartitionProgress>& progress) {
  NextOffsets next_offsets;
  for (const core::PartitionProgress& each : progress) next_offsets[each.partition] = each.next_offset;
  return next_offsets;
}

// Whether progress, which was read before, does not have all of these cells.
inline bool is_ahead(const std::vector<store::StoredCell>& cells, const NextOffsets& progress) {
  return std::any_of(cells.begin(), cells.end(), [&](const store::StoredCell& each) {
    const auto found = progress.find(each.partition);
    return found == progress.end() || each.cell.applied_through >= found->second;
  });
}

// A store that is busy or unavailable for a moment is asked again, for so long: what is only read can be read again.
inline constexpr std::chrono::seconds kStoreTimeout{30};

template <typename Attempt>
auto ask_store(std::chrono::milliseconds pause, const Attempt& attempt) {
  return base::retry({.first_pause = pause, .timeout = kStoreTimeout}, {}, attempt);
}

}  // namespace salestream::audit
