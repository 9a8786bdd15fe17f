// SPDX-License-Identifier: Apache-2.0
#include "cli/partition_status.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/terminal/console_text.h"
#include "cli/terminal/table.h"
#include "cli/terminal/text.h"
#include "results/json.h"
#include "results/snapshot.h"

namespace salestream::cli {
namespace {

using results::counters_json;
using results::json_string;

std::string or_dash(std::optional<std::int64_t> n) { return n ? std::to_string(*n) : "-"; }
std::string or_null(std::optional<std::int64_t> n) { return n ? std::to_string(*n) : "null"; }

std::optional<std::int64_t> next_offset(const results::PartitionStatus& p) {
  return p.stored ? std::optional(p.stored->next_offset) : std::nullopt;
}
std::optional<std::int64_t> log_end(const results::PartitionStatus& p) {
  return p.range ? std::optional(p.range->end) : std::nullopt;
}
std::optional<std::int64_t> log_start(const results::PartitionStatus& p) {
  return p.range ? std::optional(p.range->start) : std::nullopt;
}
core::Counters counters(const results::PartitionStatus& p) { return p.stored ? p.stored->counters : core::Counters{}; }

core::Counters all_counters(const PipelineStatus& status) {
  std::vector<core::PartitionProgress> progress;
  for (const results::PartitionStatus& p : status.partitions)
    if (p.stored) progress.push_back(*p.stored);
  return results::sum_of(progress);
}

// What is wrong between the log and the store, and what `run` will say to it.
std::string warning(const results::PartitionStatus& p) {
  if (!p.stored || !p.range) return {};
  if (p.range->end < p.stored->next_offset)
    return fmt::format(
        "partition {}: the log ends before what the store has of it: it is not the log that was read, "
        "and run will refuse to mix the two\n",
        p.partition);
  if (p.range->start > p.stored->next_offset)
    return fmt::format(
        "partition {}: {} offsets from {} on are gone from the log and were never counted; run will "
        "refuse to leave them out\n",
        p.partition, grouped(p.range->start - p.stored->next_offset), p.stored->next_offset);
  return {};
}

}  // namespace

std::string to_status_text(const PipelineStatus& status) {
  std::string text = fmt::format("pipeline  {}\nsource    {}\nstore     {}\n", for_terminal(status.pipeline),
                                 for_terminal(status.source), for_terminal(status.store));
  Table table{{{"partition", CellType::kInteger},
               {"in the store up to", CellType::kInteger},
               {"end of the log", CellType::kInteger},
               {status.unit + " behind", CellType::kInteger},
               {"seconds behind", CellType::kDecimal},
               {"orders", CellType::kInteger},
               {"rejects", CellType::kInteger},
               {"wrong totals", CellType::kInteger}},
              {}};
  std::string warnings;
  for (const results::PartitionStatus& p : status.partitions) {
    table.rows.push_back({std::to_string(p.partition), or_dash(next_offset(p)), or_dash(log_end(p)), or_dash(p.lag),
                          p.lag_seconds ? fmt::format("{:.1f}", *p.lag_seconds) : "-",
                          std::to_string(counters(p).orders), std::to_string(counters(p).all_rejects()),
                          std::to_string(counters(p).wrong_totals)});
    warnings += warning(p);
  }
  text += to_console_text(table);
  const core::Counters all = all_counters(status);
  text +=
      fmt::format("{} orders, {}, {} wrong totals", grouped(all.orders), rejects_text(all), grouped(all.wrong_totals));
  if (all.duplicates > 0) text += fmt::format(", {} duplicates left out", grouped(all.duplicates));
  text += '\n';
  return text + warnings;
}

std::string to_status_json(const PipelineStatus& status) {
  std::string text = fmt::format(
      "{{\n  \"pipeline\": {},\n  \"source\": {},\n  \"store\": {},\n  \"unit\": {},\n  \"log_error\": {},\n"
      "  \"total\": {{{}}},\n  \"partitions\": [",
      json_string(status.pipeline), json_string(status.source), json_string(status.store), json_string(status.unit),
      status.log_error.empty() ? "null" : json_string(status.log_error), counters_json(all_counters(status)));
  bool is_first = true;
  for (const results::PartitionStatus& p : status.partitions) {
    text += is_first ? "\n    {" : ",\n    {";
    is_first = false;
    text += fmt::format(
        "\"partition\": {}, \"next_offset\": {}, \"log_start\": {}, \"log_end\": {}, \"lag\": {}, "
        "\"lag_seconds\": {}, {}}}",
        p.partition, or_null(next_offset(p)), or_null(log_start(p)), or_null(log_end(p)), or_null(p.lag),
        p.lag_seconds ? fmt::format("{:.3f}", *p.lag_seconds) : "null", counters_json(counters(p)));
  }
  return text += status.partitions.empty() ? "]\n}\n" : "\n  ]\n}\n";
}

}  // namespace salestream::cli
