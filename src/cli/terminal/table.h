// SPDX-License-Identifier: Apache-2.0
// A table of results as Spark's console prints it. Pure functions; any thread.
#pragma once

#include <string>
#include <vector>

#include "results/table.h"

namespace salestream::cli {

using results::CellType;
using results::Table;

// The lines of the table, ready for a terminal, without line ends. With a limit, text columns are cut so that no line
// is wider, as far as that goes.
std::vector<std::string> table_lines(const Table& table, int max_width_columns = 0);

// The same as one text.
std::string to_console_text(const Table& table);

}  // namespace salestream::cli
