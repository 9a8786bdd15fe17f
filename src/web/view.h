// SPDX-License-Identifier: Apache-2.0
// What the page and the API show: one moment of a run, made by the publisher and never changed again, so that any
// number of readers look at the same thing without a lock. Values; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/cell.h"
#include "core/definition.h"
#include "rejects/resent_count.h"
#include "results/freshness.h"
#include "results/partitions.h"
#include "results/table.h"

namespace salestream::web {

// What never changes during a run.
struct RunInfo {
  std::string version;
  std::string source;  // "topic ecommerce_sales at localhost:9092"
  std::string store;
  std::string unit;     // of offsets and lag: "messages" or "bytes"
  bool has_end = true;  // the source can be asked for its end, and so how far behind it the totals are
  core::Definition definition;
};

struct TableView {
  struct Row {
    std::vector<std::string> cells;  // one a column
    core::Measures measures;
  };
  std::vector<Row> rows;              // the greatest, by the first measure
  std::int64_t all_rows = 0;          // in the store
  std::optional<core::Measures> sum;  // over all of them; nothing when it does not fit
};

// So many rows of a table are read and held, and so many bytes of names: what lies beyond is counted, summed and
// downloaded, but not shown.
inline constexpr std::size_t kMaxViewRows = 5'000;
inline constexpr std::size_t kMaxViewBytes = 4 << 20;

// What the totals include, seen from the source: every message up to `through_ms`, by the source's own times.
struct Completeness {
  bool is_everything = false;              // nothing was missing when the source was asked, at through_ms
  std::optional<std::int64_t> through_ms;  // since 1970; nothing: not known
};

// Orders of this process in the second before `at_ms`.
struct RatePoint {
  std::int64_t at_ms = 0;
  double orders_per_second = 0;
};
inline constexpr std::size_t kMaxRatePoints = 300;

struct View {
  std::shared_ptr<const RunInfo> run_info;
  std::int64_t as_of_ms = 0;  // when totals and progress were read; 0: not yet
  results::Freshness freshness = results::Freshness::kStarting;
  std::int64_t freshness_since_ms = 0;         // since 1970: when this process saw that it is so
  core::Counters counters;                     // in the store, over all partitions
  std::optional<rejects::ResentCount> resent;  // of its rejected messages; nothing: not known
  std::int64_t lag_as_of_ms = 0;  // when the rest was read; as_of_ms or later, since it takes less time than the totals
  std::vector<results::PartitionStatus> partitions;
  std::optional<std::int64_t> lag;                       // in run_info->unit; nothing: not known
  std::optional<double> lag_seconds;                     // no message that is missing is older
  std::int64_t held_back = 0;                            // offsets that can't be read yet, behind open transactions
  bool is_source_silent = false;                         // it does not answer
  Completeness complete;                                 // of totals and counters
  std::vector<RatePoint> rate;                           // oldest first, one a second
  std::shared_ptr<const std::vector<TableView>> tables;  // as in the definition
  std::string problem;                                   // why the store can't be read; empty when it can
};

// No message of the partition that is not in the store is older than this, at `now_ms`; nothing: not known.
std::optional<double> lag_seconds_of(const results::PartitionStatus& partition, std::int64_t now_ms);

// `asked_at_ms`: when the source said that it has the partitions' ranges; 0: it never did.
Completeness completeness_of(const std::vector<results::PartitionStatus>& partitions, std::int64_t asked_at_ms);

}  // namespace salestream::web
