// SPDX-License-Identifier: Apache-2.0
// A SQLite store looked at as it is at one moment: one read transaction on a connection of its own, from the first look
// to the end of the object. The WAL can't be cut meanwhile, so it is not to be kept for longer than needed.
// One thread.
#pragma once

#include <memory>

#include "store/store.h"
#include "store_sqlite/session.h"

namespace salestream::store::sqlite {

base::Result<std::unique_ptr<Inspection>> open_inspection(const Shared& shared);

}  // namespace salestream::store::sqlite
