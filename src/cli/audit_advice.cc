// SPDX-License-Identifier: Apache-2.0
#include "cli/audit_advice.h"

#include <fmt/format.h>

#include <algorithm>

namespace salestream::cli {
namespace {

using audit::PartitionReport;
using audit::Report;

bool is_other_source(const Report& report) {
  return std::any_of(report.partitions.begin(), report.partitions.end(),
                     [](const PartitionReport& p) { return p.short_end.has_value(); });
}

// Whether the source lacks messages, for whatever reason, that were counted.
bool would_reset_lose(const Report& report) {
  return std::any_of(report.partitions.begin(), report.partitions.end(),
                     [](const PartitionReport& p) { return !p.is_whole() || p.counted.messages < p.stored_messages; });
}

// What brings back totals that no repair can.
std::string reset_advice(const Report& report) {
  if (is_other_source(report))
    return "`salestream reset PIPELINE` counts the source as it is now, from its beginning; the totals of the one that "
           "was counted are gone then";
  if (would_reset_lose(report))
    return "Put a good copy of the store back: `salestream reset PIPELINE` would lose what was counted of messages "
           "that are gone from the source";
  return "`salestream reset PIPELINE` counts all of it anew";
}

}  // namespace

std::string shorter_source_text(const Report& report) {
  std::string text;
  for (const PartitionReport& p : report.partitions)
    if (p.short_end)
      text += fmt::format(
          "partition {}: the source has become shorter than what was counted: it ends at offset {}, and everything "
          "before {} is said to be in the store. It was recreated or cut off\n",
          p.partition, *p.short_end, p.next_offset);
  return text;
}

std::string advice_text(const Report& report, bool is_repair) {
  std::int64_t rows = 0;
  std::int64_t others =
      (report.repair ? report.repair->left_cells : 0) + report.reject_differences + report.progress_differences;
  for (const audit::TableReport& table : report.tables) {
    rows += table.differences - table.cell_differences;
    others += table.cell_differences;
  }
  if (others > 0)
    return "A repair mends totals rows alone, and not cells, rejected messages or progress. " + reset_advice(report) +
           '\n';
  if (rows > 0 && !is_repair)
    return "`salestream audit PIPELINE --repair` writes these rows again, as the sums of their cells\n";
  return {};
}

}  // namespace salestream::cli
