// SPDX-License-Identifier: Apache-2.0
// Counts single cells by reading the source for a second time, each up to its own last message. Messages may have gone
// away since the first time: of such a partition the cells stay unknown, and the others are counted all the same. One
// thread; reads with several.
#pragma once

#include <set>
#include <vector>

#include "audit/key_comparison.h"
#include "audit/key_records.h"
#include "audit/reader.h"
#include "base/result.h"

namespace salestream::audit {

// Of those cells of `keys`, which are of one table, that are to be recounted. Returns the partitions whose messages
// were gone. `partitions` are concluded.
base::Result<std::set<core::PartitionId>> recount(Reader& reader, const Partitions& partitions, int workers,
                                                  std::vector<KeyAudit>& keys);

}  // namespace salestream::audit
