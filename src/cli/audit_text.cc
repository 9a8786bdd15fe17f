// SPDX-License-Identifier: Apache-2.0
#include "cli/audit_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/terminal/console_text.h"
#include "cli/terminal/table.h"
#include "cli/terminal/text.h"
#include "results/json.h"

namespace salestream::cli {
namespace {

using results::json_string;

using audit::Difference;
using audit::PartitionReport;
using audit::Report;

std::string plural(std::int64_t n, const char* one, const char* many) {
  return fmt::format("{} {}", grouped(n), n == 1 ? one : many);
}

std::string range_text(const PartitionReport& p) {
  return p.end > p.begin ? fmt::format("{} to {}", p.begin, p.end - 1) : "none";
}

std::string partitions_text(const Difference& difference) {
  std::string text;
  for (const core::PartitionId partition : difference.partitions)
    text += fmt::format("{}{}", text.empty() ? "" : ", ", partition);
  return text.empty() ? "-" : text;
}

std::string key_text(const Difference& difference) {
  std::string text;
  for (const std::string& value : difference.key) text += (text.empty() ? "" : " | ") + value;
  return text;
}

// "product_sales   equal: 15 rows, 60 cells"
std::string verdict(const std::string& what, std::int64_t differences, const std::string& compared) {
  return fmt::format("{}: {}: {}\n", for_terminal(what),
                     differences == 0 ? "equal" : plural(differences, "difference", "differences"), compared);
}

std::string partitions_table(const Report& report) {
  Table table{{{"partition", CellType::kInteger},
               {"offsets", CellType::kText},
               {"messages", CellType::kInteger},
               {"orders", CellType::kInteger},
               {"line items", CellType::kInteger},
               {"rejects", CellType::kInteger},
               {"wrong totals", CellType::kInteger}},
              {}};
  for (const PartitionReport& p : report.partitions)
    table.rows.push_back({std::to_string(p.partition), range_text(p), std::to_string(p.counted.messages),
                          std::to_string(p.counted.orders), std::to_string(p.counted.items),
                          std::to_string(p.counted.all_rejects()), std::to_string(p.counted.wrong_totals)});
  return to_console_text(table);
}

std::string gone_text(const Report& report) {
  std::string text;
  for (const PartitionReport& p : report.partitions)
    if (!p.is_whole())
      text += fmt::format(
          "partition {}: the messages at offsets {} to {} were counted and have expired from the log since; offsets {} "
          "could be audited\n",
          p.partition, p.first_offset, p.begin - 1, range_text(p));
  if (text.empty()) return text;
  std::int64_t cells = 0;
  for (const audit::TableReport& table : report.tables) cells += table.unproven_cells;
  return text + fmt::format(
                    "So {} and {} could not be proven: they reach before what is left of the log. It was only "
                    "seen that they are no less than that gives, and that rows are the sums of their cells.\n",
                    plural(cells, "cell", "cells"), plural(report.unproven_rejects, "reject", "rejects"));
}

std::size_t listed(const AuditText& names, const Report& report) {
  const std::size_t all = report.differences.size();
  return names.most_differences == 0 ? all : std::min(all, names.most_differences);
}

std::string differences_text(const AuditText& names, const Report& report) {
  if (report.differences.empty()) return {};
  Table table{{{"table"}, {"key"}, {"column"}, {"expected"}, {"stored"}, {"partitions"}, {"what it is"}}, {}};
  const std::size_t count = listed(names, report);
  for (std::size_t i = 0; i < count; ++i) {
    const Difference& each = report.differences[i];
    table.rows.push_back(
        {each.table, key_text(each), each.column, each.expected, each.stored, partitions_text(each), each.meaning});
  }
  std::string text = to_console_text(table);
  if (count < report.differences.size())
    text += fmt::format("{} more; --all shows them\n",
                        grouped(static_cast<std::int64_t>(report.differences.size() - count)));
  return text;
}

const char* result_of(const Report& report) {
  if (!report.is_equal()) return "different";
  return report.is_whole() ? "equal" : "incomplete";
}

std::string conclusion(const Report& report) {
  const core::Counters counted = report.counted();
  const std::string of =
      fmt::format("{}, {}, {}", plural(counted.orders, "order", "orders"),
                  plural(counted.items, "line item", "line items"), plural(counted.all_rejects(), "reject", "rejects"));
  if (!report.is_equal())
    return fmt::format("{} between the store and the log, of {}\n",
                       plural(static_cast<std::int64_t>(report.differences.size()), "difference", "differences"), of);
  if (!report.is_whole())
    return fmt::format("nothing was found wrong in {}, but not everything could be audited\n", of);
  return fmt::format("equal: {}\n", of);
}

std::string texts_json(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + json_string(text);
  return "[" + out + "]";
}

std::string partition_json(const PartitionReport& p) {
  return fmt::format(
      "{{\"partition\": {}, \"begin\": {}, \"end\": {}, \"expired_from\": {}, \"messages\": {}, \"orders\": {}, "
      "\"items\": {}, \"rejects\": {}, \"wrong_totals\": {}}}",
      p.partition, p.begin, p.end, p.is_whole() ? "null" : std::to_string(p.first_offset), p.counted.messages,
      p.counted.orders, p.counted.items, p.counted.all_rejects(), p.counted.wrong_totals);
}

std::string difference_json(const Difference& d) {
  std::string partitions;
  for (const core::PartitionId each : d.partitions)
    partitions += (partitions.empty() ? "" : ", ") + std::to_string(each);
  return fmt::format(
      "{{\"table\": {}, \"key\": {}, \"column\": {}, \"expected\": {}, \"stored\": {}, \"partitions\": [{}], "
      "\"meaning\": {}}}",
      json_string(d.table), texts_json(d.key), json_string(d.column), json_string(d.expected), json_string(d.stored),
      partitions, json_string(d.meaning));
}

template <typename Rows, typename ToJson>
std::string array_json(const Rows& rows, std::size_t count, const ToJson& to_json) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += (i == 0 ? "\n    " : ",\n    ") + to_json(rows[i]);
  return "[" + out + (count == 0 ? "]" : "\n  ]");
}

}  // namespace

std::string to_audit_text(const AuditText& names, const Report& report) {
  std::string text = fmt::format("pipeline  {}\nsource    {}\nstore     {}\n", for_terminal(names.pipeline),
                                 for_terminal(names.source), for_terminal(names.store));
  text += partitions_table(report);
  for (const audit::TableReport& table : report.tables)
    text += verdict(table.name, table.differences,
                    plural(table.rows, "row", "rows") + ", " + plural(table.cells, "cell", "cells"));
  text += verdict("rejects", report.reject_differences, plural(report.rejects, "reject", "rejects"));
  text += verdict("progress", report.progress_differences,
                  plural(static_cast<std::int64_t>(report.partitions.size()), "partition", "partitions"));
  if (!report.truth_file.empty())
    text += verdict(report.truth_file, report.truth_differences, plural(report.truth_rows, "row", "rows"));
  text += differences_text(names, report);
  return text + gone_text(report) + conclusion(report);
}

std::string to_audit_json(const AuditText& names, const Report& report) {
  const core::Counters counted = report.counted();
  std::string text = fmt::format(
      "{{\n  \"result\": \"{}\",\n  \"pipeline\": {},\n  \"source\": {},\n  \"store\": {},\n  \"messages\": {}, "
      "\"orders\": {}, "
      "\"items\": {}, \"rejects\": {}, \"wrong_totals\": {},\n",
      result_of(report), json_string(names.pipeline), json_string(names.source), json_string(names.store),
      counted.messages, counted.orders, counted.items, counted.all_rejects(), counted.wrong_totals);
  text += "  \"partitions\": " + array_json(report.partitions, report.partitions.size(), partition_json) + ",\n";
  text += "  \"tables\": " + array_json(report.tables, report.tables.size(), [](const audit::TableReport& table) {
            return fmt::format(
                "{{\"table\": {}, \"rows\": {}, \"cells\": {}, \"unproven_cells\": {}, \"differences\": {}}}",
                json_string(table.name), table.rows, table.cells, table.unproven_cells, table.differences);
          });
  text += fmt::format(
      ",\n  \"stored_rejects\": {}, \"unproven_rejects\": {}, \"reject_differences\": {}, "
      "\"progress_differences\": {}, "
      "\"truth_differences\": {},\n",
      report.rejects, report.unproven_rejects, report.reject_differences, report.progress_differences,
      report.truth_file.empty() ? "null" : std::to_string(report.truth_differences));
  text += fmt::format("  \"all_differences\": {},\n  \"differences\": ", report.differences.size());
  return text + array_json(report.differences, listed(names, report), difference_json) + "\n}\n";
}

}  // namespace salestream::cli
