// SPDX-License-Identifier: Apache-2.0
// Totals with so many rows that memory has no room for their cells: which table it is, and which of its fields has so
// many values. For a person to decide on; totals stay exact. Pure.
#pragma once

#include <optional>
#include <string>

#include "core/definition.h"
#include "engine/cell_cache.h"

namespace salestream::engine {

// Whether far more cells have left memory than there is room for. Asked after each slice of a batch.
bool outgrows_memory(const CellCache& cells);

// In a sentence or two, by the cells that are in memory; nothing: none is.
std::optional<std::string> describe_cardinality(const core::Definition& definition, const CellCache& cells);

}  // namespace salestream::engine
