// SPDX-License-Identifier: Apache-2.0
// Rows of former generations, and of other programs from before ours: finding out how new they are, and deleting them;
// and writing totals rows again that are to win over what was written by hand.
// Deleting twice, or while others write, changes nothing: it is done with timestamps that nothing of this generation
// has. Any thread.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "core/definition.h"
#include "store/timestamps.h"
#include "store_cassandra/client.h"
#include "store_cassandra/columns.h"

namespace salestream::store::cassandra {

// The greatest write timestamp in the totals tables; 0 when they are empty. An error where no base can lie beyond it.
base::Result<TimestampUs> newest_totals_us(Client& client, const std::string& keyspace,
                                           const core::Definition& definition);

// The greatest generation of which this pipeline has progress or cells; 0 when there is none. Looks at cells only where
// there are some without progress.
base::Result<std::int32_t> newest_generation(Client& client, const std::string& keyspace,
                                             const core::Definition& definition);

// Writes all totals rows of the generation again, as the sums of its cells as they are now, with timestamps of its
// totals() base. May be done while others count, and twice.
base::Status rewrite_totals(Client& client, const std::string& keyspace, const core::Definition& definition,
                            const CurrentGeneration& generation);

// Deletes totals older than the generation's, whatever wrote them, and cells, progress and rejected messages of those
// before it.
base::Status clear_former_generations(Client& client, const std::string& keyspace, const core::Definition& definition,
                                      const CurrentGeneration& generation);

// Only the totals, for what an instance that slept through the reset wrote after they had been cleared. An error also
// when it is stopped.
base::Status clear_former_totals(Client& client, const std::string& keyspace, const core::Definition& definition,
                                 const CurrentGeneration& generation, std::stop_token stop);

}  // namespace salestream::store::cassandra
