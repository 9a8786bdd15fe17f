// SPDX-License-Identifier: Apache-2.0
#include "cli/spark/text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_writer.h"
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

void write_progress(base::JsonWriter& json, const spark::QueryProgress& progress) {
  json.begin_object().member("batch", progress.batch).member("began", progress.timestamp);
  json.member("batch_ms", progress.batch_ms).member("messages", progress.messages);
  json.key("messages_per_second").fixed(progress.messages_per_second, 1);
  json.key("arriving_messages_per_second").fixed(progress.arriving_messages_per_second, 1);
  json.member("next_offsets", progress.next_offsets).member("end_offsets", progress.end_offsets);
  json.member("lag_messages", progress.lag_messages()).member("state_rows", progress.state_rows);
  json.member("state_bytes", progress.state_bytes).key("metrics").begin_object();
  for (const auto& [name, count] : progress.metrics) json.member(name, count);
  json.end_object().end_object();
}

void write_query(base::JsonWriter& json, const std::string& pipeline, const TableQuery& query) {
  json.begin_object().member("table", query.table).member("name", query_name(pipeline, query.table));
  json.member("is_active", query.id.has_value());
  json.member("id", query.id ? std::optional(query.id->id) : std::nullopt);
  json.member("run_id", query.id ? std::optional(query.id->run_id) : std::nullopt);
  json.member("says", query.id ? std::optional(query.status.message) : std::nullopt).key("progress");
  if (query.progress)
    write_progress(json, *query.progress);
  else
    json.null();
  json.end_object();
}

}  // namespace

std::string to_spark_text(const SparkView& view) {
  return fmt::format("pipeline    {}\nserver      {}, Spark {}\nmonitoring  {}\n", for_terminal(view.pipeline),
                     for_terminal(view.remote), for_terminal(view.spark_version), page_text(view)) +
         to_console_text(queries_table(view.queries));
}

std::string to_spark_json(const SparkView& view) {
  constexpr auto kLines = base::JsonWriter::Layout::kLines;
  base::JsonWriter json;
  json.begin_object(kLines).member("pipeline", view.pipeline).member("remote", view.remote);
  json.member("spark_version", view.spark_version);
  json.member("monitoring_page", view.page.empty() ? std::nullopt : std::optional(view.page));
  json.key("queries").begin_array(kLines);
  for (const TableQuery& query : view.queries) write_query(json, view.pipeline, query);
  return json.end_array().end_object().take() + '\n';
}

std::string batch_line(const TableQuery& query) {
  if (!query.progress) return fmt::format("{}: {}", for_terminal(query.table), state_of(query));
  const spark::QueryProgress& progress = *query.progress;
  std::string line = fmt::format("{}: batch {}: {} in {}, {}", for_terminal(query.table), progress.batch,
                                 count_of(progress.messages, "message"), seconds_text(progress.batch_ms),
                                 rate_text(progress.messages_per_second));
  if (const auto lag = progress.lag_messages())
    line += *lag > 0 ? fmt::format("; {} behind", count_of(*lag, "message")) : "; caught up";
  line += fmt::format("; {} of state", count_of(progress.state_rows, "row"));
  if (const std::int64_t rejects = rejects_of(progress); rejects > 0)
    line += fmt::format("; {} left out", count_of(rejects, "reject"));
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
  for (std::string& line : table_lines(queries_table(view.queries), {.max_width_columns = width}))
    lines.push_back(std::move(line));
  const int most_lines = std::max(1, size.height_rows - 1);
  if (static_cast<int>(lines.size()) > most_lines) lines.resize(static_cast<std::size_t>(most_lines));
  return lines;
}

}  // namespace salestream::cli
