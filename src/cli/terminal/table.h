// SPDX-License-Identifier: Apache-2.0
// A table of results as Spark's console prints it, and as a person at a terminal reads it more easily. Pure functions;
// any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "results/table.h"

namespace salestream::cli {

using results::CellType;
using results::Table;

// How a table looks. Without anything else: as Spark prints it, whole, which other programs may read.
struct TableStyle {
  int max_width_columns = 0;           // of a line: text columns are cut so that it fits, as far as that goes; 0: any
  int max_text_columns = 0;            // of a text column, so that one long name doesn't pad every row; 0: any
  bool has_aligned_numbers = false;    // to the right, with their digits in groups where there is room
  std::vector<std::size_t> cut_first;  // text columns that are cut before others, and may be longer than the limit
  std::size_t max_bytes = 0;           // of the rows' lines, as wide as the longest cell makes them; 0: any
};

// What fits a terminal of this width.
TableStyle style_for_width(int width_columns);
// What fits the terminal behind this descriptor; where there is none, plain.
TableStyle style_for(int fd);

// The lines of a table that need not be in memory as a whole: first every row is measured, then the lines are made in
// turn.
class TableLayout {
 public:
  TableLayout(std::vector<Table::Column> columns, const TableStyle& style);

  // The rows in turn. False: the style's limit on bytes is reached, and neither this row nor one after it is shown.
  bool measure(const std::vector<std::string>& row);
  // After the last row was measured.
  void settle();
  // So many of the rows are shown.
  std::size_t rows() const { return measured_.rows; }
  const std::string& border() const { return border_; }
  std::string header() const;
  std::string line(const std::vector<std::string>& row) const;

 private:
  // What the rows take, with numbers written in one way.
  struct Measured {
    bool has_groups = false;
    std::vector<int> widths;      // of the widest cell of each column, then those of the columns
    std::vector<int> cut_widths;  // the same of cells that are cut to the style's limit on text
    std::size_t rows = 0, beyond_width_bytes = 0;
    bool is_full = false;
  };

  bool add(const std::vector<std::string>& row, Measured& measured) const;
  // Of all rows so far, padded to the widest cell of each column, with this one.
  std::size_t bytes_with(const std::vector<std::string>& shown, Measured& measured) const;

  const Table columns_;  // without rows
  const TableStyle style_;
  Measured measured_;                       // as it is shown
  std::optional<Measured> without_groups_;  // where groups may have no room
  std::string border_;
};

// The lines of the table, ready for a terminal, without line ends: as many rows as the style's limit allows, and these
// besides.
inline constexpr std::size_t kFrameLines = 4;
std::vector<std::string> table_lines(const Table& table, const TableStyle& style = {});

// The same as one text.
std::string to_console_text(const Table& table, const TableStyle& style = {});

}  // namespace salestream::cli
