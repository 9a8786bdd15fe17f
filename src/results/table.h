// SPDX-License-Identifier: Apache-2.0
// A table of results, and its forms for other programs: CSV and JSON. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "core/cell.h"
#include "core/definition.h"

namespace salestream::results {

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

// The columns alone.
std::vector<Table::Column> columns_of(const core::TotalsTable& definition);

// One row's cells: revenue has at least two fraction digits, units have as many as they need.
std::vector<std::string> cells_of(const core::TotalsTable& definition, const core::TotalsRow& row);

Table make_table(const core::TotalsTable& definition, std::span<const core::TotalsRow> rows);

// A line of a CSV file, ended by CR LF: the names of the columns, and a row (RFC 4180).
std::string csv_header(std::span<const Table::Column> columns);
std::string csv_line(std::span<const std::string> row);

// A row as an object, into an array that is open.
void write_row(base::JsonWriter& json, std::span<const Table::Column> columns, std::span<const std::string> row);

// A field of a CSV line, quoted when it has to be (RFC 4180).
std::string csv_field(std::string_view text);

}  // namespace salestream::results
