// SPDX-License-Identifier: Apache-2.0
// After a reset an instance that was frozen in the middle of a flush may thaw, write a totals row of the former
// generation, and be killed before it takes it back (Writer::write_totals). So for some time after a reset each run
// looks once more for such rows, on a thread of its own: reading begins meanwhile. After a repair too: until the clock
// has caught up with its base, what a person inserts has a lesser timestamp. Owned by the store, any thread.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "core/definition.h"
#include "store_cassandra/client.h"
#include "store_cassandra/pipeline.h"

namespace salestream::store::cassandra {

class LateClearing {
 public:
  // Does nothing for a first generation that was never repaired, or where all that is longer ago than kLookForUs: a
  // look reads all totals.
  LateClearing(std::shared_ptr<Client> client, const std::string& keyspace, const core::Definition& definition,
               const CurrentGeneration& generation);

 private:
  std::jthread thread_;  // stopped, between two pages, and waited for at the end
};

}  // namespace salestream::store::cassandra
