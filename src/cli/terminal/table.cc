// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/table.h"

#include <algorithm>
#include <numeric>

#include "cli/terminal/text.h"

namespace salestream::cli {
namespace {

constexpr int kMinColumnWidth = 3;     // Spark's own
constexpr int kMinCutColumnWidth = 8;  // a name cut to less says nothing

std::vector<int> column_widths(const Table& table, const std::vector<std::vector<std::string>>& cells) {
  std::vector<int> widths(table.columns.size(), kMinColumnWidth);
  for (const auto& row : cells)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  return widths;
}

// Takes from the widest text column until the lines fit or there is nothing left to take.
void shrink_text_columns(const Table& table, std::vector<int>& widths, int max_width_columns) {
  const int borders = static_cast<int>(widths.size()) + 1;
  int too_much = std::accumulate(widths.begin(), widths.end(), borders) - max_width_columns;
  while (too_much > 0) {
    int* widest = nullptr;
    for (std::size_t i = 0; i < widths.size(); ++i)
      if (table.columns[i].type == CellType::kText && (widest == nullptr || widths[i] > *widest)) widest = &widths[i];
    if (widest == nullptr || *widest <= kMinCutColumnWidth) return;
    --*widest;
    --too_much;
  }
}

std::string line_of(const std::vector<std::string>& cells, const std::vector<int>& widths) {
  std::string line = "|";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string shown = cut_to_width(cells[i], widths[i]);
    line += shown;
    line.append(static_cast<std::size_t>(widths[i] - display_width(shown)), ' ');
    line += '|';
  }
  return line;
}

}  // namespace

std::vector<std::string> table_lines(const Table& table, int max_width_columns) {
  std::vector<std::vector<std::string>> cells;
  cells.reserve(table.rows.size() + 1);
  std::vector<std::string>& header = cells.emplace_back();
  for (const Table::Column& column : table.columns) header.push_back(for_terminal(column.name));
  for (const auto& row : table.rows) {
    std::vector<std::string>& shown = cells.emplace_back();
    for (const std::string& cell : row) shown.push_back(for_terminal(cell));
  }

  std::vector<int> widths = column_widths(table, cells);
  if (max_width_columns > 0) shrink_text_columns(table, widths, max_width_columns);

  std::string border = "+";
  for (const int width : widths) border += std::string(static_cast<std::size_t>(width), '-') + '+';

  std::vector<std::string> lines;
  lines.reserve(cells.size() + 3);
  lines.push_back(border);
  lines.push_back(line_of(cells[0], widths));
  lines.push_back(border);
  for (std::size_t i = 1; i < cells.size(); ++i) lines.push_back(line_of(cells[i], widths));
  lines.push_back(border);
  return lines;
}

std::string to_console_text(const Table& table) {
  std::string text;
  for (const std::string& line : table_lines(table)) (text += line) += '\n';
  return text;
}

}  // namespace salestream::cli
