// SPDX-License-Identifier: Apache-2.0
#include "cli/partition_status.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/snapshot.h"
#include "cli/table.h"
#include "cli/text.h"

namespace salestream::cli {
namespace {

std::string or_dash(std::optional<std::int64_t> n) { return n ? std::to_string(*n) : "-"; }
std::string or_null(std::optional<std::int64_t> n) { return n ? std::to_string(*n) : "null"; }

std::optional<std::int64_t> next_offset(const PartitionStatus& p) {
  return p.stored ? std::optional(p.stored->next_offset) : std::nullopt;
}
std::optional<std::int64_t> log_end(const PartitionStatus& p) {
  return p.range ? std::optional(p.range->end) : std::nullopt;
}
std::optional<std::int64_t> log_start(const PartitionStatus& p) {
  return p.range ? std::optional(p.range->start) : std::nullopt;
}
core::Counters counters(const PartitionStatus& p) { return p.stored ? p.stored->counters : core::Counters{}; }

core::Counters all_counters(const PipelineStatus& status) {
  std::vector<core::PartitionProgress> progress;
  for (const PartitionStatus& p : status.partitions)
    if (p.stored) progress.push_back(*p.stored);
  return sum_of(progress);
}

// What is wrong between the log and the store, and what `run` will say to it.
std::string warning(const PartitionStatus& p) {
  if (!p.stored || !p.range) return {};
  if (p.range->end < p.stored->next_offset)
    return fmt::format("partition {}: the log ends before what the store has of it: it is not the log that was read, "
                       "and run will refuse to mix the two\n", p.partition);
  if (p.range->start > p.stored->next_offset)
    return fmt::format("partition {}: {} offsets from {} on are gone from the log and were never counted; run will "
                       "refuse to leave them out\n",
                       p.partition, grouped(p.range->start - p.stored->next_offset), p.stored->next_offset);
  return {};
}

std::string counters_json(const core::Counters& counters) {
  std::string rejects;
  for (std::size_t i = 0; i < counters.rejects.size(); ++i)
    if (counters.rejects[i] > 0)
      rejects += fmt::format("{}{}: {}", rejects.empty() ? "" : ", ",
                             json_string(core::name_of(static_cast<core::RejectReason>(i))), counters.rejects[i]);
  return fmt::format("\"messages\": {}, \"orders\": {}, \"items\": {}, \"wrong_totals\": {}, \"rejects\": {{{}}}",
                     counters.messages, counters.orders, counters.items, counters.wrong_totals, rejects);
}

}  // namespace

std::vector<PartitionStatus> join(const std::vector<core::PartitionProgress>& progress,
                                  const std::vector<source::PartitionRange>& ranges) {
  std::map<core::PartitionId, PartitionStatus> by_partition;
  for (const core::PartitionProgress& p : progress) by_partition[p.partition].stored = p;
  for (const source::PartitionRange& r : ranges) by_partition[r.partition].range = r;
  std::vector<PartitionStatus> joined;
  for (auto& [partition, status] : by_partition) {
    status.partition = partition;
    if (status.range) {
      const core::Offset next = status.stored ? status.stored->next_offset : status.range->start;
      status.lag = std::max<std::int64_t>(0, status.range->end - next);
      if (status.lag == 0) status.lag_seconds = 0;
    }
    joined.push_back(std::move(status));
  }
  return joined;
}

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
  for (const PartitionStatus& p : status.partitions) {
    table.rows.push_back({std::to_string(p.partition), or_dash(next_offset(p)), or_dash(log_end(p)), or_dash(p.lag),
                          p.lag_seconds ? fmt::format("{:.1f}", *p.lag_seconds) : "-",
                          std::to_string(counters(p).orders), std::to_string(counters(p).all_rejects()),
                          std::to_string(counters(p).wrong_totals)});
    warnings += warning(p);
  }
  text += to_console_text(table);
  const core::Counters all = all_counters(status);
  text += fmt::format("{} orders, {}, {} wrong totals\n", grouped(all.orders), rejects_text(all),
                      grouped(all.wrong_totals));
  return text + warnings;
}

std::string to_status_json(const PipelineStatus& status) {
  std::string text = fmt::format(
      "{{\n  \"pipeline\": {},\n  \"source\": {},\n  \"store\": {},\n  \"unit\": {},\n  \"log_error\": {},\n"
      "  \"total\": {{{}}},\n  \"partitions\": [",
      json_string(status.pipeline), json_string(status.source), json_string(status.store), json_string(status.unit),
      status.log_error.empty() ? "null" : json_string(status.log_error), counters_json(all_counters(status)));
  bool is_first = true;
  for (const PartitionStatus& p : status.partitions) {
    text += is_first ? "\n    {" : ",\n    {";
    is_first = false;
    text += fmt::format("\"partition\": {}, \"next_offset\": {}, \"log_start\": {}, \"log_end\": {}, \"lag\": {}, "
                        "\"lag_seconds\": {}, {}}}",
                        p.partition, or_null(next_offset(p)), or_null(log_start(p)), or_null(log_end(p)),
                        or_null(p.lag), p.lag_seconds ? fmt::format("{:.3f}", *p.lag_seconds) : "null",
                        counters_json(counters(p)));
  }
  return text += status.partitions.empty() ? "]\n}\n" : "\n  ]\n}\n";
}

}  // namespace salestream::cli
