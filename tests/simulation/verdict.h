// SPDX-License-Identifier: Apache-2.0
// What a store holds in the end, compared with what the source says it must hold. One thread.
#pragma once

#include <string>

#include "history.h"
#include "instance_store.h"

namespace salestream::simulation {

// Totals rows, progress, counters and rejected messages, as each pair of replicas has them: the first that is not the
// exact truth, as text; empty when all are.
std::string first_difference(SimulatedStore& store, const History& history);

}  // namespace salestream::simulation
