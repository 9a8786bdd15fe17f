// SPDX-License-Identifier: Apache-2.0
// What is said of a totals row that can't be read. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/definition.h"
#include "store/store.h"

namespace salestream::store {

// Which row it is, what stands in it, and what mends it where `engine` counts: behind the name of the store.
std::string unreadable_row_text(const core::TotalsTable& table, std::string_view key, const Unreadable& what,
                                Engine engine);

// For who shows rows as they are: an error, with the name of the store, where one can't be read. The store was opened.
base::Status check_readable(const Store& store, const core::TotalsTable& table, std::span<const StoredTotals> rows);

}  // namespace salestream::store
