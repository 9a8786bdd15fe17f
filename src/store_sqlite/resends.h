// SPDX-License-Identifier: Apache-2.0
// A SQLite store's account of rejected messages that were sent again. Writes in short transactions on a connection of
// its own, beside a run: SQLite lets them wait for each other. One thread.
#pragma once

#include <memory>

#include "store/resends.h"
#include "store_sqlite/session.h"

namespace salestream::store::sqlite {

base::Result<std::unique_ptr<ResendRecords>> open_resends(const std::shared_ptr<Shared>& shared);

}  // namespace salestream::store::sqlite
