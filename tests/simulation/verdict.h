// SPDX-License-Identifier: Apache-2.0
// What a store holds in the end against what the log says it must hold. One thread.
#pragma once

#include <string>

#include "cluster.h"
#include "history.h"
#include "replicated_store.h"

namespace salestream::simulation {

store::Generation current_generation(const Cluster& cluster, const Tables& tables);

// Whether the store's own readers take the row for one that is there.
bool counts(const Row& row, store::Generation generation, const Rules& rules);

// Totals rows, progress, counters and rejects, as each pair of replicas has them: the first that is not the exact
// truth, as text; empty when all are.
std::string first_difference(const Cluster& cluster, const Tables& tables, const History& history, const Rules& rules);

}  // namespace salestream::simulation
