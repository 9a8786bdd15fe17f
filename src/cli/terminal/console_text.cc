// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/console_text.h"

#include <fmt/format.h>

#include "cli/terminal/text.h"

namespace salestream::cli {

std::string to_console_text(const std::vector<results::ShownTable>& tables, const TableStyle& style) {
  std::string text;
  for (const results::ShownTable& table : tables) {
    if (tables.size() > 1) text += for_terminal(table.name) + '\n';
    const std::vector<std::string> lines = table_lines(table.top, style);
    for (const std::string& line : lines) (text += line) += '\n';
    const auto left_out = table.all_rows - static_cast<std::int64_t>(lines.size() - kFrameLines);
    if (left_out > 0) text += fmt::format("… and {} more\n", grouped(left_out));
  }
  return text;
}

std::string rejects_text(const core::Counters& counters) { return rejects_text(counters, rejects::ResentCount{}); }

std::string rejects_text(const core::Counters& counters, const std::optional<rejects::ResentCount>& resent) {
  const std::int64_t all = counters.all_rejects();
  if (all == 0) return "no rejects";
  std::string reasons;
  for (std::size_t i = 0; i < counters.rejects.size(); ++i) {
    if (counters.rejects[i] == 0) continue;
    reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", core::name_of(static_cast<core::RejectReason>(i)),
                           grouped(counters.rejects[i]));
  }
  std::string open;
  if (!resent)
    open = ": how many are open is not known";
  else if (resent->resent > 0)
    open = fmt::format(": {} open, {} sent again", grouped(resent->open), grouped(resent->resent));
  return fmt::format("{}{} ({})", count_of(all, "reject"), open, reasons);
}

}  // namespace salestream::cli
