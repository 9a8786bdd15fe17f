// SPDX-License-Identifier: Apache-2.0
// A table of results and its three forms: as Spark's console prints it, as CSV, as JSON. Pure functions; any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/cell.h"
#include "core/definition.h"

namespace salestream::cli {

enum class CellType : std::uint8_t {
  kText,
  kDecimal,  // exact digits; a string in JSON, because most readers would turn a number into a double
  kInteger,
};

struct Table {
  struct Column {
    std::string name;
    CellType type = CellType::kText;
  };
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;  // one cell a column, exact bytes
};

// Revenue has at least two fraction digits, units have as many as they need.
Table make_table(const core::TotalsTable& definition, std::span<const core::TotalsRow> rows);

// The lines of the table, ready for a terminal, without line ends. With a limit, text columns are cut so that no line
// is wider, as far as that goes.
std::vector<std::string> table_lines(const Table& table, int max_width_columns = 0);

// The same as one text.
std::string to_console_text(const Table& table);

// RFC 4180: a line of column names first, lines ended by CR LF.
std::string to_csv(const Table& table);

// An array of objects, one a line.
std::string to_json(const Table& table);

}  // namespace salestream::cli
