// SPDX-License-Identifier: Apache-2.0
// A run as Prometheus reads it (text format 0.0.4). docs/metrics.md explains every metric. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>

#include "engine/measurements.h"
#include "engine/pipeline.h"
#include "web/process_usage.h"
#include "web/view.h"

namespace salestream::web {

// So many partitions have series of their own: those that are furthest behind. All are in the sums.
inline constexpr std::size_t kMaxPartitionSeries = 1'000;

struct MetricsInput {
  const View& view;  // what the store has, and how much is still to be counted
  engine::RunStatus run;
  engine::Measurements measured;
  engine::Health health;
  bool is_ready = false;
  ProcessUsage process;
};
std::string metrics_text(const MetricsInput& input);

}  // namespace salestream::web
