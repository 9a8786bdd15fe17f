// SPDX-License-Identifier: Apache-2.0
#include "cli/run/live_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/terminal/console_text.h"
#include "cli/terminal/table.h"
#include "cli/terminal/text.h"

namespace salestream::cli {
namespace {

std::string freshness_text(const LiveView& view) {
  using results::Freshness;
  switch (view.freshness) {
    case Freshness::kStarting: return "starting";
    case Freshness::kUpToDate: return "caught up";
    case Freshness::kCatchingUp: return fmt::format("{} behind", count_of(view.lag, view.unit));
    case Freshness::kEndless: return "reading";
    case Freshness::kTransactionOpen:
      return fmt::format("caught up, but for {} behind an open transaction", count_of(view.held_back, "offset"));
    case Freshness::kWaitingForStore: return "waiting for the store";
    case Freshness::kWaitingForSource: return "the source does not answer";
    case Freshness::kStopping: return "stopping: saving what was read";
    case Freshness::kEnded: return "ended";
  }
  return "";
}

std::vector<std::string> header_lines(const LiveView& view, int width, bool color) {
  const core::Counters& counters = view.snapshot.counters;
  std::string where = cut_to_width(
      fmt::format("{}: {} → {}", for_terminal(view.pipeline), for_terminal(view.source), for_terminal(view.store)),
      width);
  if (color) where = "\x1b[1m" + where + "\x1b[0m";
  // What matters most comes first: a narrow terminal cuts the end.
  std::string counted =
      fmt::format("{}, {}; {}; {}", count_of(counters.orders, "order"), rate_text(view.orders_per_second),
                  freshness_text(view), rejects_text(counters, view.resent));
  if (view.being_saved > 0) counted += fmt::format("; {} being saved", count_of(view.being_saved, "message"));
  if (counters.wrong_totals > 0) counted += fmt::format("; {}", count_of(counters.wrong_totals, "wrong total"));
  if (counters.duplicates > 0) counted += fmt::format("; {}", count_of(counters.duplicates, "duplicate"));
  if (counters.left_out() > 0) counted += fmt::format("; {} left out", count_of(counters.left_out(), "message"));
  std::vector<std::string> lines{std::move(where), cut_to_width(counted, width)};
  if (!view.progress.empty()) lines.push_back(cut_to_width(view.progress, width));
  return lines;
}

// How many rows each table gets of `rows`: as many as it has, or its share, and what others leave over.
std::vector<int> share_rows(const std::vector<int>& wanted, int rows) {
  std::vector<int> given(wanted.size(), 0);
  for (bool any = true; any && rows > 0;) {
    any = false;
    for (std::size_t i = 0; i < wanted.size() && rows > 0; ++i) {
      if (given[i] == wanted[i]) continue;
      ++given[i];
      --rows;
      any = true;
    }
  }
  return given;
}

}  // namespace

std::vector<std::string> live_lines(const LiveView& view, TerminalSize size, bool color) {
  std::vector<std::string> lines = header_lines(view, size.width_columns, color);
  const std::vector<results::ShownTable>& tables = view.snapshot.tables;
  const bool named = tables.size() > 1;
  const int fixed_rows = static_cast<int>(tables.size()) * (static_cast<int>(kFrameLines) + 1 + (named ? 1 : 0));
  const int rows_for_tables = size.height_rows - 1 - static_cast<int>(lines.size()) - fixed_rows;

  std::vector<int> wanted;
  for (const results::ShownTable& table : tables) wanted.push_back(static_cast<int>(table.top.rows.size()));
  const std::vector<int> given = share_rows(wanted, std::max(0, rows_for_tables));

  for (std::size_t i = 0; i < tables.size(); ++i) {
    if (named) lines.push_back(cut_to_width(for_terminal(tables[i].name), size.width_columns));
    Table top{tables[i].top.columns, {}};
    top.rows.assign(tables[i].top.rows.begin(), tables[i].top.rows.begin() + given[i]);
    for (const std::string& line : table_lines(top, style_for_width(size.width_columns)))
      lines.push_back(cut_to_width(line, size.width_columns));
    const std::int64_t left_out = tables[i].all_rows - given[i];
    if (left_out > 0)
      lines.push_back(cut_to_width(fmt::format("… and {} more", grouped(left_out)), size.width_columns));
  }
  const auto most = static_cast<std::size_t>(std::max(1, size.height_rows - 1));
  if (lines.size() > most) lines.resize(most);
  return lines;
}

}  // namespace salestream::cli
