// SPDX-License-Identifier: Apache-2.0
// Whose store a SQLite file is: making its tables, comparing them with a pipeline's identity, starting a new
// generation. Called by the thread that owns the Database; for whatever changes the file, under the run lock.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "store/identity_check.h"
#include "store/store.h"
#include "store_sqlite/handles.h"

namespace salestream::store::sqlite {

// The checks of a store in this file, which name it.
IdentityCheck identity_check(const std::string& file, const Identity& identity,
                             CheckedFor checked_for = CheckedFor::kCounting);

// Whether the file holds a salestream store at all.
base::Result<bool> holds_store(Database& database);

// Whether the store that the file holds is this pipeline's, with this definition and source, and all its tables are
// there in the shape in which they were made. An error says what differs and what to do.
base::Status check_store(Database& database, const Identity& identity, CheckedFor checked_for = CheckedFor::kCounting);

// The identity that the file's totals were counted with, and how it differs from this one. Their tables are there.
base::Result<AsStored> read_identity(Database& database, const Identity& identity);

// Makes the store in a file that holds none yet; says what it made, a line each.
base::Result<std::vector<std::string>> make_store(Database& database, const Identity& identity);

// The tables of what was sent to the topic again, which stores of earlier versions do not have: makes them where they
// are not there, in the caller's transaction.
base::Status make_resend_tables(Database& database, std::vector<std::string>& made);
base::Result<bool> has_resend_tables(Database& database);

// Empties the store and gives it this identity; nothing where there is none.
base::Status start_generation(Database& database, const Identity& identity);

}  // namespace salestream::store::sqlite
