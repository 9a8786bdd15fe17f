// SPDX-License-Identifier: Apache-2.0
#include "cli/spark/text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "cli/terminal/progress.h"
#include "cli/terminal/table.h"
#include "cli/terminal/text.h"

namespace salestream::cli {
namespace {

std::string state_of(const TableQuery& query) {
  if (!query.id) return "not running";
  return query.status.message.empty() ? "running" : for_terminal(query.status.message);
}

std::int64_t rejects_of(const spark::QueryProgress& progress) {
  std::int64_t rejects = 0;
  for (const auto& [name, count] : progress.metrics)
    if (name.starts_with("rejects_")) rejects += count;
  return rejects;
}

std::string seconds_text(std::int64_t ms) { return duration_text(static_cast<double>(ms) / 1000); }

Table queries_table(const std::vector<TableQuery>& queries) {
  Table table{{{"table", CellType::kText},
               {"batch", CellType::kInteger},
               {"messages in it", CellType::kInteger},
               {"rejects in it", CellType::kInteger},
               {"batch time", CellType::kInteger},
               {"messages/s", CellType::kInteger},
               {"messages behind", CellType::kInteger},
               {"state rows", CellType::kInteger},
               {"Spark says", CellType::kText}},
              {}};
  for (const TableQuery& query : queries) {
    std::vector<std::string> row(table.columns.size(), "-");
    row.front() = query.table;
    row.back() = state_of(query);
    if (query.progress) {
      const spark::QueryProgress& progress = *query.progress;
      row[1] = std::to_string(progress.batch);
      row[2] = grouped(progress.messages);
      row[3] = grouped(rejects_of(progress));
      row[4] = seconds_text(progress.batch_ms);
      row[5] = grouped(static_cast<std::int64_t>(progress.messages_per_second));
      if (const auto lag = progress.lag_messages()) row[6] = grouped(*lag);
      row[7] = grouped(progress.state_rows);
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string page_text(const SparkView& view) {
  return view.page.empty() ? "the server has none" : for_terminal(view.page);
}

std::string or_null(std::optional<std::int64_t> n) { return n ? std::to_string(*n) : "null"; }

std::string progress_json(const spark::QueryProgress& progress) {
  std::string metrics;
  for (const auto& [name, count] : progress.metrics)
    metrics += fmt::format("{}{}: {}", metrics.empty() ? "" : ", ", base::json_string(name), count);
  return fmt::format(
      "{{\"batch\": {}, \"began\": {}, \"batch_ms\": {}, \"messages\": {}, \"messages_per_second\": {:.1f}, "
      "\"arriving_messages_per_second\": {:.1f}, \"next_offsets\": {}, \"end_offsets\": {}, \"lag_messages\": {}, "
      "\"state_rows\": {}, \"state_bytes\": {}, \"metrics\": {{{}}}}}",
      progress.batch, base::json_string(progress.timestamp), progress.batch_ms, progress.messages,
      progress.messages_per_second, progress.arriving_messages_per_second, or_null(progress.next_offsets),
      or_null(progress.end_offsets), or_null(progress.lag_messages()), progress.state_rows, progress.state_bytes,
      metrics);
}

}  // namespace

std::string to_spark_text(const SparkView& view) {
  return fmt::format("pipeline    {}\nserver      {}, Spark {}\nmonitoring  {}\n", for_terminal(view.pipeline),
                     for_terminal(view.remote), for_terminal(view.spark_version), page_text(view)) +
         to_console_text(queries_table(view.queries));
}

std::string to_spark_json(const SparkView& view) {
  std::string text = fmt::format(
      "{{\n  \"pipeline\": {},\n  \"remote\": {},\n  \"spark_version\": {},\n  \"monitoring_page\": {},\n  \"queries\": [",
      base::json_string(view.pipeline), base::json_string(view.remote), base::json_string(view.spark_version),
      view.page.empty() ? "null" : base::json_string(view.page));
  bool is_first = true;
  for (const TableQuery& query : view.queries) {
    text += fmt::format(
        "{}\n    {{\"table\": {}, \"name\": {}, \"is_active\": {}, \"id\": {}, \"run_id\": {}, \"says\": {}, "
        "\"progress\": {}}}",
        is_first ? "" : ",", base::json_string(query.table), base::json_string(query_name(view.pipeline, query.table)),
        query.id.has_value(), query.id ? base::json_string(query.id->id) : "null",
        query.id ? base::json_string(query.id->run_id) : "null",
        query.id ? base::json_string(query.status.message) : "null",
        query.progress ? progress_json(*query.progress) : "null");
    is_first = false;
  }
  return text + "\n  ]\n}\n";
}

std::string batch_line(const TableQuery& query) {
  if (!query.progress) return fmt::format("{}: {}", for_terminal(query.table), state_of(query));
  const spark::QueryProgress& progress = *query.progress;
  std::string line =
      fmt::format("{}: batch {}: {} messages in {}, {}", for_terminal(query.table), progress.batch,
                  grouped(progress.messages), seconds_text(progress.batch_ms), rate_text(progress.messages_per_second));
  if (const auto lag = progress.lag_messages())
    line += *lag > 0 ? fmt::format("; {} messages behind", grouped(*lag)) : "; caught up";
  line += fmt::format("; {} rows of state", grouped(progress.state_rows));
  if (const std::int64_t rejects = rejects_of(progress); rejects > 0)
    line += fmt::format("; {} rejects left out", grouped(rejects));
  return line;
}

std::vector<std::string> spark_live_lines(const SparkView& view, std::int64_t first, double elapsed_seconds,
                                          const std::string& trouble, TerminalSize size, bool color) {
  const int width = size.width_columns;
  std::string title = cut_to_width(fmt::format("{}: Spark {} at {}", for_terminal(view.pipeline),
                                               for_terminal(view.spark_version), for_terminal(view.remote)),
                                   width);
  if (color) title = "\x1b[1m" + title + "\x1b[0m";
  std::vector<std::string> lines{std::move(title), cut_to_width("Spark's monitoring page: " + page_text(view), width)};
  Progress bar{.done = -first, .elapsed_seconds = elapsed_seconds};
  std::int64_t lag = 0;
  for (const TableQuery& query : view.queries) {
    if (!query.progress || !query.progress->lag_messages()) continue;
    bar.done += *query.progress->next_offsets;
    lag += *query.progress->lag_messages();
  }
  bar.total = bar.done + lag;
  if (!trouble.empty())
    lines.push_back(cut_to_width(for_terminal(trouble), width));
  else
    lines.push_back(lag > 0 ? progress_bar(bar, width) : "caught up");
  for (std::string& line : table_lines(queries_table(view.queries), width)) lines.push_back(std::move(line));
  const int most_lines = std::max(1, size.height_rows - 1);
  if (static_cast<int>(lines.size()) > most_lines) lines.resize(static_cast<std::size_t>(most_lines));
  return lines;
}

}  // namespace salestream::cli
