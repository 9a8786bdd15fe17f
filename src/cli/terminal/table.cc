// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/table.h"

#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "cli/terminal/screen_block.h"
#include "cli/terminal/text.h"

namespace salestream::cli {
namespace {

using Cells = std::vector<std::vector<std::string>>;  // the header, then the rows

constexpr int kMinColumnWidth = 3;     // Spark's own
constexpr int kMinCutColumnWidth = 8;  // a name cut to less says nothing
constexpr int kMaxTextColumns = 48;    // on a terminal

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// 1234567.89 → 1,234,567.89; what is no number stays as it is.
std::string with_groups(std::string text) {
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  std::size_t at = first;
  while (at < text.size() && is_digit(text[at])) ++at;
  if (at == first || (at < text.size() && text[at] != '.')) return text;
  for (; at > first + 3;) text.insert(at -= 3, 1, ',');
  return text;
}

bool is_cut_first(const TableStyle& style, std::size_t column) {
  return std::ranges::count(style.cut_first, column) > 0;
}

// Wider cells of this column are cut, whatever room there is. 0: none is.
int max_columns_of(const Table& table, std::size_t column, const TableStyle& style) {
  return table.columns[column].type == CellType::kText && !is_cut_first(style, column) ? style.max_text_columns : 0;
}

// How long the lines of rows get that are padded to the widest cell of each column.
class LineBytes {
 public:
  LineBytes(const Table& table, const TableStyle& style)
      : table_(table), style_(style), widths_(table.columns.size(), kMinColumnWidth) {}

  // Those of all rows so far, with this one.
  std::size_t with(const std::vector<std::string>& row) {
    ++rows_;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const int most = max_columns_of(table_, i, style_);
      const std::string cell = most > 0 ? cut_to_width(row[i], most) : row[i];
      const int width = display_width(cell);
      widths_[i] = std::max(widths_[i], width);
      beyond_width_ += cell.size() - std::min(cell.size(), static_cast<std::size_t>(width));
    }
    const int width = std::accumulate(widths_.begin(), widths_.end(), static_cast<int>(widths_.size()) + 2);
    return rows_ * static_cast<std::size_t>(width) + beyond_width_;
  }

 private:
  const Table& table_;
  const TableStyle& style_;
  std::vector<int> widths_;
  std::size_t rows_ = 0, beyond_width_ = 0;
};

std::vector<std::string> header_of(const Table& table) {
  std::vector<std::string> header;
  for (const Table::Column& column : table.columns) header.push_back(for_terminal(column.name));
  return header;
}

std::vector<std::string> shown_row(const Table& table, const std::vector<std::string>& row, bool has_groups) {
  std::vector<std::string> shown;
  shown.reserve(row.size());
  for (std::size_t i = 0; i < row.size(); ++i) {
    const bool is_grouped = has_groups && table.columns[i].type != CellType::kText;
    shown.push_back(is_grouped ? with_groups(for_terminal(row[i])) : for_terminal(row[i]));
  }
  return shown;
}

Cells cells_of(const Table& table, const TableStyle& style, bool has_groups) {
  Cells cells;
  cells.reserve(table.rows.size() + 1);
  cells.push_back(header_of(table));
  LineBytes bytes(table, style);
  for (const auto& row : table.rows) {
    std::vector<std::string>& shown = cells.emplace_back(shown_row(table, row, has_groups));
    if (style.max_bytes == 0 || bytes.with(shown) <= style.max_bytes) continue;
    cells.pop_back();
    break;
  }
  return cells;
}

void widen(std::vector<int>& widths, const std::vector<std::string>& row) {
  for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
}

void limit_text(const Table& table, std::vector<int>& widths, const TableStyle& style) {
  for (std::size_t i = 0; i < widths.size(); ++i)
    if (const int most = max_columns_of(table, i, style); most > 0) widths[i] = std::min(widths[i], most);
}

int line_width(const std::vector<int>& widths) {
  return std::accumulate(widths.begin(), widths.end(), static_cast<int>(widths.size()) + 1);
}

// Takes from the widest of the text columns that may be cut until the lines fit or there is nothing left to take.
template <typename MayBeCut>
void shrink_columns(const Table& table, std::vector<int>& widths, int max_width_columns, const MayBeCut& may_be_cut) {
  for (int too_much = line_width(widths) - max_width_columns; too_much > 0; --too_much) {
    int* widest = nullptr;
    for (std::size_t i = 0; i < widths.size(); ++i)
      if (table.columns[i].type == CellType::kText && may_be_cut(i) && (widest == nullptr || widths[i] > *widest))
        widest = &widths[i];
    if (widest == nullptr || *widest <= kMinCutColumnWidth) return;
    --*widest;
  }
}

// `widths`: of the widest cell of each column.
std::vector<int> fitted_widths(const Table& table, std::vector<int> widths, const TableStyle& style) {
  limit_text(table, widths, style);
  if (style.max_width_columns <= 0) return widths;
  shrink_columns(table, widths, style.max_width_columns, [&](std::size_t i) { return is_cut_first(style, i); });
  shrink_columns(table, widths, style.max_width_columns, [](std::size_t) { return true; });
  return widths;
}

std::vector<int> fitted_widths(const Table& table, const Cells& cells, const TableStyle& style) {
  std::vector<int> widths(table.columns.size(), kMinColumnWidth);
  for (const auto& row : cells) widen(widths, row);
  return fitted_widths(table, std::move(widths), style);
}

bool is_too_wide(const std::vector<int>& widths, const TableStyle& style) {
  return style.max_width_columns > 0 && line_width(widths) > style.max_width_columns;
}

std::string border_of(const std::vector<int>& widths) {
  std::string border = "+";
  for (const int width : widths) border += std::string(static_cast<std::size_t>(width), '-') + '+';
  return border;
}

std::string line_of(const Table& table, const std::vector<std::string>& cells, const std::vector<int>& widths,
                    const TableStyle& style) {
  std::string line = "|";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string shown = cut_to_width(cells[i], widths[i]);
    const std::string padding(static_cast<std::size_t>(widths[i] - display_width(shown)), ' ');
    const bool is_right = style.has_aligned_numbers && table.columns[i].type != CellType::kText;
    line += is_right ? padding + shown : shown + padding;
    line += '|';
  }
  return line;
}

}  // namespace

TableStyle style_for_width(int width_columns) { return {width_columns, kMaxTextColumns, true, {}}; }

TableStyle style_for(int fd) {
  if (isatty(fd) == 0) return {};
  return style_for_width(terminal_size(fd).width_columns);
}

TableLayout::TableLayout(std::vector<Table::Column> columns, const TableStyle& style)
    : columns_{std::move(columns), {}}, style_(style), has_groups_(style.has_aligned_numbers) {
  widths_.assign(columns_.columns.size(), kMinColumnWidth);
  widen(widths_, header_of(columns_));
  widths_without_groups_ = widths_;
}

void TableLayout::measure(const std::vector<std::string>& row) {
  widen(widths_, shown_row(columns_, row, has_groups_));
  if (has_groups_) widen(widths_without_groups_, shown_row(columns_, row, false));
}

void TableLayout::settle() {
  widths_ = fitted_widths(columns_, widths_, style_);
  if (has_groups_ && is_too_wide(widths_, style_)) {
    has_groups_ = false;
    widths_ = fitted_widths(columns_, widths_without_groups_, style_);
  }
  border_ = border_of(widths_);
}

std::string TableLayout::header() const { return line_of(columns_, header_of(columns_), widths_, style_); }

std::string TableLayout::line(const std::vector<std::string>& row) const {
  return line_of(columns_, shown_row(columns_, row, has_groups_), widths_, style_);
}

std::vector<std::string> table_lines(const Table& table, const TableStyle& style) {
  Cells cells = cells_of(table, style, style.has_aligned_numbers);
  std::vector<int> widths = fitted_widths(table, cells, style);
  if (style.has_aligned_numbers && is_too_wide(widths, style)) {
    cells = cells_of(table, style, false);
    widths = fitted_widths(table, cells, style);
  }

  const std::string border = border_of(widths);
  std::vector<std::string> lines;
  lines.reserve(cells.size() - 1 + kFrameLines);
  lines.push_back(border);
  lines.push_back(line_of(table, cells[0], widths, style));
  lines.push_back(border);
  for (std::size_t i = 1; i < cells.size(); ++i) lines.push_back(line_of(table, cells[i], widths, style));
  lines.push_back(border);
  return lines;
}

std::string to_console_text(const Table& table, const TableStyle& style) {
  std::string text;
  for (const std::string& line : table_lines(table, style)) (text += line) += '\n';
  return text;
}

}  // namespace salestream::cli
