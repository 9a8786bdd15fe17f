// SPDX-License-Identifier: Apache-2.0
// Cells, measures, rejects and progress as rows of Cassandra, both ways. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/cell.h"
#include "core/definition.h"
#include "core/order.h"
#include "store_cassandra/client.h"
#include "store_cassandra/values.h"

namespace salestream::store::cassandra {

// Rejects of so many offsets share a partition of Cassandra's.
inline constexpr core::Offset kOffsetsARejectBucket = 1000;
inline core::Offset offsets_from(core::Offset offset) {
  const core::Offset over = offset % kOffsetsARejectBucket;
  return offset - (over < 0 ? over + kOffsetsARejectBucket : over);
}

// Cassandra refuses writes of more than 16 MiB; of a longer message only the beginning is kept.
inline constexpr std::size_t kMaxRejectMessageBytes = 8 << 20;

// The types of a totals table's columns, in their order: CQL's, and decimal(N) for one that gets at least N fraction
// digits.
std::vector<std::string> column_types(const core::TotalsTable& table);

void bind_measure(BoundRows& row, core::Measure measure, const core::Measures& measures);
// An error when another program wrote something there that can't be one of ours.
base::Status read_measure(std::optional<std::string_view> value, core::Measure measure, const Client& client,
                          core::Measures& into);

// partition, revenue, units, orders, through
base::Status read_cell(ValueReader& row, const Client& client, core::PartitionId& partition, core::Cell& into);

// The columns of salestream_progress from `partition` on.
void bind_progress(BoundRows& row, const core::PartitionProgress& progress);
base::Result<core::PartitionProgress> progress_of(ValueReader& row, const Client& client);

// time, reason, detail, key, message
void bind_reject(BoundRows& row, const core::Reject& reject);
base::Status read_reject(ValueReader& row, const Client& client, core::Reject& into);

}  // namespace salestream::store::cassandra
