// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/table.h"

#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "cli/terminal/screen_block.h"
#include "cli/terminal/text.h"

namespace salestream::cli {
namespace {

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
    : columns_{std::move(columns), {}}, style_(style) {
  measured_.has_groups = style.has_aligned_numbers;
  measured_.widths.assign(columns_.columns.size(), kMinColumnWidth);
  measured_.cut_widths = measured_.widths;
  widen(measured_.widths, header_of(columns_));
  if (!measured_.has_groups) return;
  without_groups_ = measured_;
  without_groups_->has_groups = false;
}

bool TableLayout::measure(const std::vector<std::string>& row) {
  const bool is_shown = add(row, measured_);
  return (without_groups_ && add(row, *without_groups_)) || is_shown;
}

bool TableLayout::add(const std::vector<std::string>& row, Measured& measured) const {
  if (measured.is_full) return false;
  const std::vector<std::string> shown = shown_row(columns_, row, measured.has_groups);
  if (style_.max_bytes > 0 && bytes_with(shown, measured) > style_.max_bytes) {
    measured.is_full = true;
    return false;
  }
  widen(measured.widths, shown);
  ++measured.rows;
  return true;
}

std::size_t TableLayout::bytes_with(const std::vector<std::string>& shown, Measured& measured) const {
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const int most = max_columns_of(columns_, i, style_);
    const std::string cell = most > 0 ? cut_to_width(shown[i], most) : shown[i];
    const int width = display_width(cell);
    measured.cut_widths[i] = std::max(measured.cut_widths[i], width);
    measured.beyond_width_bytes += cell.size() - std::min(cell.size(), static_cast<std::size_t>(width));
  }
  const auto line_bytes = static_cast<std::size_t>(line_width(measured.cut_widths)) + 1;
  return (measured.rows + 1) * line_bytes + measured.beyond_width_bytes;
}

void TableLayout::settle() {
  std::vector<int> widths = fitted_widths(columns_, measured_.widths, style_);
  if (without_groups_ && is_too_wide(widths, style_)) {
    measured_ = *std::exchange(without_groups_, std::nullopt);
    widths = fitted_widths(columns_, measured_.widths, style_);
  }
  measured_.widths = std::move(widths);
  border_ = border_of(measured_.widths);
}

std::string TableLayout::header() const { return line_of(columns_, header_of(columns_), measured_.widths, style_); }

std::string TableLayout::line(const std::vector<std::string>& row) const {
  return line_of(columns_, shown_row(columns_, row, measured_.has_groups), measured_.widths, style_);
}

std::vector<std::string> table_lines(const Table& table, const TableStyle& style) {
  TableLayout layout(table.columns, style);
  for (const auto& row : table.rows)
    if (!layout.measure(row)) break;
  layout.settle();
  std::vector<std::string> lines;
  lines.reserve(layout.rows() + kFrameLines);
  lines.push_back(layout.border());
  lines.push_back(layout.header());
  lines.push_back(layout.border());
  for (std::size_t i = 0; i < layout.rows(); ++i) lines.push_back(layout.line(table.rows[i]));
  lines.push_back(layout.border());
  return lines;
}

std::string to_console_text(const Table& table, const TableStyle& style) {
  std::string text;
  for (const std::string& line : table_lines(table, style)) (text += line) += '\n';
  return text;
}

}  // namespace salestream::cli
