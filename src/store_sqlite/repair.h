// SPDX-License-Identifier: Apache-2.0
// Totals rows written again from their cells, in one transaction. It needs no run lock: a flush is one transaction too,
// and writes the sums of cells that it reads in it. Called by the thread that owns the Database.
#pragma once

#include <span>

#include "base/result.h"
#include "core/definition.h"
#include "store/store.h"
#include "store_sqlite/handles.h"

namespace salestream::store::sqlite {

base::Status repair_totals(Database& database, const core::Definition& definition, std::span<const TotalsKeys> rows);

}  // namespace salestream::store::sqlite
