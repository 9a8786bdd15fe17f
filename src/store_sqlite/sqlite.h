// SPDX-License-Identifier: Apache-2.0
// Totals in one SQLite file, which belongs to one pipeline; docs/sqlite.md describes its tables. One process writes at
// a time (a lock on FILE.lock), any number of programs read meanwhile. A flush is one transaction, on the disk before
// it returns. All threads of the process share one writing connection, in turns; each session has its own for reading.
// Versions of totals rows are not kept: a flush writes cells, reads them back and writes their sums in the same
// transaction, and no other flush can come in between, so a totals row can only be the sum of the cells as they stand.
#pragma once

#include <memory>

#include "store/options.h"
#include "store/store.h"

namespace salestream::store {

std::unique_ptr<Store> make_sqlite_store(const SqliteOptions& options, Identity identity);

}  // namespace salestream::store
