// SPDX-License-Identifier: Apache-2.0
#include "cli/status_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/terminal/console_text.h"
#include "cli/terminal/text.h"
#include "results/counters_json.h"
#include "results/snapshot.h"

namespace salestream::cli {
namespace {

constexpr const char* kOtherSource = "other_source";  // what no run that works can say of itself

std::string or_dash(std::optional<std::int64_t> n) { return n ? std::to_string(*n) : "-"; }

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

// `unit`: more than one of it.
std::string still_to_be_counted(std::int64_t lag, std::string_view unit) {
  const std::string one(unit.substr(0, unit.size() - 1));
  return fmt::format("{} {} still to be counted", count_of(lag, one), lag == 1 ? "is" : "are");
}

// What the totals are worth at this moment.
std::string state_text(const PipelineStatus& status) {
  using results::Freshness;
  if (status.is_other_source) return "refused: this is not the source that was counted";
  if (!status.freshness) return "not known";
  switch (*status.freshness) {
    case Freshness::kUpToDate: return "up to date: nothing is missing";
    case Freshness::kCatchingUp: return still_to_be_counted(lag_of(status), status.unit);
    case Freshness::kTransactionOpen:
      return fmt::format(
          "up to date, but for {} offsets that can't be read yet: they wait behind a transaction that is "
          "open",
          grouped(held_back_of(status)));
    case Freshness::kEndless: return "as stored: the source has no end that it could be behind";
    case Freshness::kWaitingForSource: return "not known: the source can't be read";
    default: return "not known";
  }
}

// Rejected messages that were sent again stay in their counts, which are what the source gives.
std::string open_and_resent_text(const PipelineStatus& status) {
  if (!status.resent)
    return fmt::format("rejects: more than {} or {} MiB, so how many of them were sent again is not counted\n",
                       grouped(rejects::kMaxCountedRejects), rejects::kMaxCountedBytes >> 20);
  if (status.resent->resent == 0) return {};
  return fmt::format("rejects: {} open, {} sent again\n", grouped(status.resent->open), grouped(status.resent->resent));
}

// What is wrong between the source and the store, and what `run` will say to it.
std::string warning(const results::PartitionStatus& p) {
  if (!p.stored || !p.range) return {};
  if (p.range->start > p.stored->next_offset)
    return fmt::format(
        "partition {}: {} offsets from {} on are gone from the source and were never counted; run will "
        "refuse to leave them out\n",
        p.partition, grouped(p.range->start - p.stored->next_offset), p.stored->next_offset);
  return {};
}

}  // namespace

std::int64_t lag_of(const PipelineStatus& status) {
  std::int64_t lag = 0;
  for (const results::PartitionStatus& p : status.partitions) lag += p.lag.value_or(0);
  return lag;
}

std::int64_t held_back_of(const PipelineStatus& status) {
  std::int64_t offsets = 0;
  for (const results::PartitionStatus& p : status.partitions) offsets += p.range ? p.range->held_back : 0;
  return offsets;
}

std::string to_status_text(const PipelineStatus& status, const TableStyle& style) {
  std::string text =
      fmt::format("pipeline  {}\nsource    {}\nstore     {}\nstate     {}\n", for_terminal(status.pipeline),
                  for_terminal(status.source), for_terminal(status.store), state_text(status));
  Table table{{{"partition", CellType::kInteger},
               {"stored up to", CellType::kInteger},
               {"source end", CellType::kInteger},
               {status.unit == "messages" ? "behind" : status.unit + " behind", CellType::kInteger},
               {"seconds", CellType::kDecimal},
               {"orders", CellType::kInteger},
               {"rejects", CellType::kInteger},
               {"wrong", CellType::kInteger}},
              {}};
  std::string warnings;
  for (const results::PartitionStatus& p : status.partitions) {
    table.rows.push_back({std::to_string(p.partition), or_dash(next_offset(p)), or_dash(log_end(p)), or_dash(p.lag),
                          p.lag_seconds ? fmt::format("{:.1f}", *p.lag_seconds) : "-",
                          std::to_string(counters(p).orders), std::to_string(counters(p).all_rejects()),
                          std::to_string(counters(p).wrong_totals)});
    warnings += warning(p);
  }
  text += to_console_text(table, style);
  const core::Counters all = all_counters(status);
  text += fmt::format("{}, {}, {}", count_of(all.orders, "order"), rejects_text(all),
                      count_of(all.wrong_totals, "wrong total"));
  if (all.duplicates > 0) text += fmt::format(", {} left out", count_of(all.duplicates, "duplicate"));
  if (all.left_out() > 0) text += fmt::format(", {} left out", count_of(all.left_out(), "message"));
  text += '\n' + open_and_resent_text(status);
  return text + warnings;
}

std::string to_status_json(const PipelineStatus& status) {
  constexpr auto kLines = base::JsonWriter::Layout::kLines;
  base::JsonWriter json;
  json.begin_object(kLines).member("pipeline", status.pipeline).member("source", status.source);
  json.member("store", status.store).member("unit", status.unit);
  std::optional<std::string> state;
  if (status.freshness) state = results::name_of(*status.freshness);
  if (status.is_other_source) state = kOtherSource;
  json.member("state", state);
  json.member("held_back", held_back_of(status));
  json.member("log_error", status.source_error.empty() ? std::nullopt : std::optional(status.source_error));
  json.key("total").begin_object();
  results::write_counters(json, all_counters(status));
  json.end_object();
  json.member("open_rejects", status.resent ? std::optional(status.resent->open) : std::nullopt);
  json.member("resent", status.resent ? std::optional(status.resent->resent) : std::nullopt);
  json.key("partitions").begin_array(kLines);
  for (const results::PartitionStatus& p : status.partitions) {
    json.begin_object().member("partition", p.partition).member("next_offset", next_offset(p));
    json.member("log_start", log_start(p)).member("log_end", log_end(p)).member("lag", p.lag);
    json.member("held_back", p.range ? std::optional(p.range->held_back) : std::nullopt).key("lag_seconds");
    p.lag_seconds ? json.fixed(*p.lag_seconds, 3) : json.null();
    results::write_counters(json, counters(p));
    json.end_object();
  }
  return json.end_array().end_object().take() + '\n';
}

}  // namespace salestream::cli
