// SPDX-License-Identifier: Apache-2.0
#include "cli/audit_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_writer.h"
#include "cli/app/exit_codes.h"
#include "cli/audit_advice.h"
#include "cli/terminal/console_text.h"
#include "cli/terminal/text.h"

namespace salestream::cli {
namespace {

using audit::Difference;
using audit::PartitionReport;
using audit::Report;
using base::JsonWriter;

std::string range_text(const PartitionReport& p) {
  return p.end > p.begin ? fmt::format("{} to {}", p.begin, p.end - 1) : "none";
}

std::string partitions_text(const Difference& difference) {
  std::string text;
  for (const core::PartitionId partition : difference.partitions)
    text += fmt::format("{}{}", text.empty() ? "" : ", ", partition);
  return text.empty() ? "-" : text;
}

std::string key_text(const std::vector<std::string>& key) {
  std::string text;
  for (const std::string& value : key) text += (text.empty() ? "" : " | ") + value;
  return text;
}

// "product_sales: equal: 15 rows, 60 cells"
std::string verdict(const std::string& what, std::int64_t differences, const std::string& compared,
                    std::int64_t unsettled_rows = 0) {
  const std::string unsettled = unsettled_rows > 0 ? count_of(unsettled_rows, "row") + " not settled" : "";
  std::string found = differences > 0 ? count_of(differences, "difference") : unsettled;
  if (differences > 0 && unsettled_rows > 0) found += ", " + unsettled;
  return fmt::format("{}: {}: {}\n", for_terminal(what), found.empty() ? "equal" : found, compared);
}

std::string partitions_table(const Report& report, const TableStyle& style) {
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
  return to_console_text(table, style);
}

// Expired messages, up to where they were counted and from where on they never were.
std::string expired_text(const PartitionReport& p) {
  const core::Offset counted_end = std::min(p.begin, p.next_offset);
  std::string text = fmt::format("partition {}: ", p.partition);
  if (p.first_offset < counted_end)
    text += fmt::format("the messages at offsets {} to {} were counted and have expired from the source since; ",
                        p.first_offset, counted_end - 1);
  if (counted_end < p.begin)
    text +=
        fmt::format("the messages at offsets {} to {} have expired and were never counted; ", counted_end, p.begin - 1);
  return text + (p.end > p.begin ? fmt::format("offsets {} could be audited\n", range_text(p))
                                 : std::string("nothing is left that could be audited\n"));
}

// The number of messages is what is known: offsets may be missing without one.
std::string compacted_text(const PartitionReport& p) {
  const std::int64_t gone = p.stored_messages - p.counted.messages;
  if (gone <= 0)
    return fmt::format(
        "partition {}: the topic is compacted, and messages behind those that progress says are in the "
        "store are gone\n",
        p.partition);
  return fmt::format(
      "partition {}: the topic is compacted (cleanup.policy), and of the {} that the store has counted, "
      "at offsets {} to {}, {} {} no longer there\n",
      p.partition, count_of(p.stored_messages, "message"), p.first_offset, p.next_offset - 1, grouped(gone),
      gone == 1 ? "is" : "are");
}

std::string gone_text(const Report& report) {
  std::string text;
  for (const PartitionReport& p : report.partitions) {
    if (p.has_expired()) text += expired_text(p);
    if (p.is_compacted) text += compacted_text(p);
  }
  if (text.empty()) return text;
  std::int64_t cells = 0;
  for (const audit::TableReport& table : report.tables) cells += table.unproven_cells;
  return text + fmt::format(
                    "So {} and {} could not be proven: messages that belong to them are gone from the source. It was "
                    "only seen that they are no less than what is left gives, and that rows are the sums of their "
                    "cells.\n",
                    count_of(cells, "cell"), count_of(report.unproven_rejects, "reject"));
}

// Of cells that lack messages which progress says are stored, the source is read again.
std::string gone_meanwhile_text(const Report& report) {
  std::string text;
  for (const PartitionReport& p : report.partitions)
    if (p.is_gone_meanwhile)
      text +=
          fmt::format("partition {}: messages went away from the source while the audit was at work\n", p.partition);
  std::int64_t cells = 0;
  for (const audit::TableReport& table : report.tables) cells += table.unknown_cells;
  if (cells == 0) return text;
  return text + fmt::format(
                    "So of {}, from which messages are missing in any case, it is unknown whether they are the sums of "
                    "the others; their rows were compared with what is stored of them.\n",
                    count_of(cells, "cell"));
}

std::size_t listed(const AuditText& names, std::size_t all) {
  return names.most_differences == 0 ? all : std::min(all, names.most_differences);
}

std::string more_text(std::int64_t more) {
  return more == 0 ? "" : fmt::format("{} more; --all shows them\n", grouped(more));
}

std::string differences_text(const AuditText& names, const audit::DifferenceList& found) {
  if (found.empty()) return {};
  Table table{{{"table"}, {"key"}, {"column"}, {"expected"}, {"stored"}, {"partitions"}, {"what it is"}}, {}};
  const std::size_t count = listed(names, found.size());
  for (std::size_t i = 0; i < count; ++i) {
    const Difference& each = found[i];
    table.rows.push_back(
        {each.table, key_text(each.key), each.column, each.expected, each.stored, partitions_text(each), each.meaning});
  }
  return to_console_text(table) + more_text(found.count() - static_cast<std::int64_t>(count));
}

// Which rows were written again, and what was left.
std::string repaired_text(const AuditText& names, const Report& report) {
  const audit::RepairReport& repair = *report.repair;
  std::string text = repair.finished_other ? "a repair that had not been finished was finished before the audit\n" : "";
  text += fmt::format("repaired: {}\n",
                      repair.rows.empty() ? "nothing" : count_of(static_cast<std::int64_t>(repair.rows.size()), "row"));
  if (!repair.rows.empty()) {
    Table table{{{"table"}, {"key"}, {"was"}, {"is"}}, {}};
    const std::size_t count = listed(names, repair.rows.size());
    for (std::size_t i = 0; i < count; ++i) {
      const audit::RepairedRow& row = repair.rows[i];
      table.rows.push_back({row.table, key_text(row.key), row.was, row.is});
    }
    text += to_console_text(table) + more_text(static_cast<std::int64_t>(repair.rows.size() - count));
  }
  if (repair.vain_rows > 0)
    text += fmt::format(
        "{} written again in vain: something else writes to {}{}\n", count_of(repair.vain_rows, "row"),
        repair.vain_rows == 1 ? "it" : "them",
        repair.writes_all_rows
            ? ", or has done so with a later write timestamp. Repair once more; where that is in vain, too, `TRUNCATE` "
              "the totals table and repair: no timestamp withstands that, and a repair writes all of its rows"
            : ". Find out what it is, and repair once more");
  if (repair.left_cells > 0)
    return text + fmt::format(
                      "{} left as they are: in this store a repair writes all rows again, and {} not what the source "
                      "gives would get into their rows\n",
                      count_of(repair.left_rows, "row"), count_of(repair.left_cells, "cell"));
  if (repair.left_rows > 0)
    text += fmt::format("{} left as they are: cells of theirs are not what the source gives\n",
                        count_of(repair.left_rows, "row"));
  return text;
}

std::string unsettled_text(const AuditText& names, const Report& report) {
  if (report.is_settled()) return {};
  return "Not settled: these are no differences, for they may be right as soon as a run has written them. Audit again, "
         "or when no run is writing.\n" +
         differences_text(names, report.unsettled);
}

// What was compared, and what is not equal.
std::string found_text(const AuditText& names, const Report& report) {
  std::string text;
  for (const audit::TableReport& table : report.tables)
    text += verdict(table.name, table.differences, count_of(table.rows, "row") + ", " + count_of(table.cells, "cell"),
                    table.unsettled_rows);
  text += verdict("rejects", report.reject_differences, count_of(report.rejects, "reject"));
  text += verdict("progress", report.progress_differences,
                  count_of(static_cast<std::int64_t>(report.partitions.size()), "partition"));
  if (!report.truth_file.empty())
    text += verdict(report.truth_file, report.truth_differences, count_of(report.truth_rows, "row"));
  return text + differences_text(names, report.differences) + unsettled_text(names, report);
}

const char* result_of(const Report& report) {
  if (!report.is_equal()) return "different";
  if (!report.is_settled()) return "unsettled";
  return report.is_whole() ? "equal" : "incomplete";
}

std::string conclusion(const Report& report) {
  const core::Counters counted = report.counted();
  const std::string of = fmt::format("{}, {}, {}", count_of(counted.orders, "order"),
                                     count_of(counted.items, "line item"), count_of(counted.all_rejects(), "reject"));
  if (!report.is_equal())
    return fmt::format("{} between the store and the source, of {}\n",
                       count_of(report.differences.count(), "difference"), of);
  if (!report.is_settled()) return fmt::format("nothing was found wrong in {}, but not everything has settled\n", of);
  if (!report.is_whole())
    return fmt::format("nothing was found wrong in {}, but not everything could be audited\n", of);
  return fmt::format("equal: {}\n", of);
}

void write_partition(JsonWriter& json, const PartitionReport& p) {
  const auto expired_from = p.has_expired() ? std::optional(p.first_offset) : std::nullopt;
  json.begin_object().member("partition", p.partition).member("begin", p.begin).member("end", p.end);
  json.member("next_offset", p.next_offset).member("expired_from", expired_from);
  json.member("never_counted", std::max<core::Offset>(0, p.begin - p.next_offset)).member("compacted", p.is_compacted);
  json.member("gone_meanwhile", p.is_gone_meanwhile).member("shorter_end", p.short_end);
  json.member("messages", p.counted.messages).member("orders", p.counted.orders);
  json.member("items", p.counted.items).member("rejects", p.counted.all_rejects());
  json.member("wrong_totals", p.counted.wrong_totals).end_object();
}

void write_table(JsonWriter& json, const audit::TableReport& table) {
  json.begin_object().member("table", table.name).member("rows", table.rows).member("cells", table.cells);
  json.member("unproven_cells", table.unproven_cells).member("unknown_cells", table.unknown_cells);
  json.member("differences", table.differences);
  json.member("unsettled_rows", table.unsettled_rows).end_object();
}

void write_key(JsonWriter& json, const std::vector<std::string>& key) {
  json.key("key").begin_array();
  for (const std::string& value : key) json.string(value);
  json.end_array();
}

void write_repair(JsonWriter& json, const AuditText& names, const audit::RepairReport& repair) {
  json.member("all_repaired", repair.rows.size()).member("left_rows", repair.left_rows);
  json.member("vain_rows", repair.vain_rows).member("finished_other", repair.finished_other);
  json.member("repair_error", repair.error.empty() ? std::nullopt : std::optional(std::string_view(repair.error)));
  json.key("repaired").begin_array(JsonWriter::Layout::kLines);
  for (std::size_t i = 0; i < listed(names, repair.rows.size()); ++i) {
    const audit::RepairedRow& row = repair.rows[i];
    json.begin_object().member("table", row.table);
    write_key(json, row.key);
    json.member("was", row.was).member("is", row.is).end_object();
  }
  json.end_array();
}

void write_difference(JsonWriter& json, const Difference& d) {
  json.begin_object().member("table", d.table);
  write_key(json, d.key);
  json.member("column", d.column).member("expected", d.expected).member("stored", d.stored);
  json.key("partitions").begin_array();
  for (const core::PartitionId each : d.partitions) json.value(each);
  json.end_array().member("meaning", d.meaning).end_object();
}

}  // namespace

std::string to_audit_text(const AuditText& names, const Report& report) {
  std::string text = fmt::format("pipeline  {}\nsource    {}\nstore     {}\n", for_terminal(names.pipeline),
                                 for_terminal(names.source), for_terminal(names.store));
  text += partitions_table(report, names.style);
  return text + found_text(names, report) + shorter_source_text(report) + gone_text(report) +
         gone_meanwhile_text(report) + conclusion(report) + (names.is_repair ? "" : advice_text(report, false));
}

std::string to_repair_text(const AuditText& names, const Report& report) {
  std::string text = repaired_text(names, report);
  const bool is_same = !report.repair->looked_again && report.truth_file.empty();
  if (!is_same) text += found_text(names, report) + conclusion(report);
  return text + advice_text(report, true);
}

std::string to_audit_json(const AuditText& names, const Report& report) {
  constexpr auto kLines = JsonWriter::Layout::kLines;
  const core::Counters counted = report.counted();
  JsonWriter json;
  json.begin_object(kLines).member("result", result_of(report));
  json.member("pipeline", names.pipeline).member("source", names.source).member("store", names.store);
  json.member("messages", counted.messages).member("orders", counted.orders).member("items", counted.items);
  json.member("rejects", counted.all_rejects()).member("wrong_totals", counted.wrong_totals);
  json.key("partitions").begin_array(kLines);
  for (const PartitionReport& partition : report.partitions) write_partition(json, partition);
  json.end_array().key("tables").begin_array(kLines);
  for (const audit::TableReport& table : report.tables) write_table(json, table);
  json.end_array().member("stored_rejects", report.rejects).member("unproven_rejects", report.unproven_rejects);
  json.member("reject_differences", report.reject_differences);
  json.member("progress_differences", report.progress_differences);
  json.member("truth_differences", report.truth_file.empty() ? std::nullopt : std::optional(report.truth_differences));
  if (report.repair) write_repair(json, names, *report.repair);
  json.member("all_differences", report.differences.count()).key("differences").begin_array(kLines);
  for (std::size_t i = 0; i < listed(names, report.differences.size()); ++i)
    write_difference(json, report.differences[i]);
  json.end_array().key("unsettled").begin_array(kLines);
  for (std::size_t i = 0; i < listed(names, report.unsettled.size()); ++i) write_difference(json, report.unsettled[i]);
  return json.end_array().end_object().take() + '\n';
}

int audit_exit_code(const Report& report) {
  if (!report.is_equal()) return kExitDifferent;
  if (!report.is_settled()) return kExitUnsettled;
  return report.is_whole() ? kExitDone : kExitPartly;
}

}  // namespace salestream::cli
