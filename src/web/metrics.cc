// SPDX-License-Identifier: Apache-2.0
// The only file that sees prometheus-cpp. Its registry is for programs that count in it; here the engine has counted
// already, and without locks, so its families are filled when somebody asks.
#include "web/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace salestream::web {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

class Families {
 public:
  template <typename Number>
  void counter(const std::string& name, const std::string& help, Number value, Labels labels = {}) {
    at(name, help, MetricType::Counter, std::move(labels)).counter.value = static_cast<double>(value);
  }
  template <typename Number>
  void gauge(const std::string& name, const std::string& help, Number value, Labels labels = {}) {
    at(name, help, MetricType::Gauge, std::move(labels)).gauge.value = static_cast<double>(value);
  }
  // Nothing where nothing is known.
  template <typename Number>
  void gauge(const std::string& name, const std::string& help, const std::optional<Number>& value, Labels labels = {}) {
    if (value) gauge(name, help, *value, std::move(labels));
  }
  void histogram(const std::string& name, const std::string& help, const engine::Histogram& observed) {
    ClientMetric::Histogram& shown = at(name, help, MetricType::Histogram, {}).histogram;
    for (std::size_t i = 0; i < observed.buckets(); ++i) {
      shown.sample_count += static_cast<std::uint64_t>(observed.count(i));
      const bool is_last = i == observed.upper_bounds().size();
      shown.bucket.push_back(
          {shown.sample_count, is_last ? std::numeric_limits<double>::infinity() : observed.upper_bounds()[i]});
    }
    shown.sample_sum = observed.sum();
  }

  std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  // A new series; those of one name come one after the other.
  ClientMetric& at(const std::string& name, const std::string& help, MetricType type, Labels labels) {
    if (families_.empty() || families_.back().name != name) families_.push_back({name, help, type, {}});
    ClientMetric& metric = families_.back().metric.emplace_back();
    metric.label = std::move(labels);
    return metric;
  }

  std::vector<MetricFamily> families_;
};

// Each reason has its series from the start: a rate can be told from the first rejected message on.
template <typename Rejects>
void add_rejects(Families& families, const std::string& name, const std::string& help, const Rejects& rejects) {
  for (std::size_t i = 0; i < rejects.size(); ++i)
    families.counter(name, help, rejects[i], {{"reason", core::name_of(static_cast<core::RejectReason>(i))}});
}

void add_process_counts(Families& families, const engine::RunStatus& run) {
  const core::Counters& counters = run.counters;
  families.counter("salestream_messages_total", "Messages that this process has read since it started.",
                   counters.messages);
  families.counter("salestream_messages_stored_total", "Of these, in the store.", run.messages_stored);
  families.counter("salestream_orders_total", "Orders among them that count.", counters.orders);
  families.counter("salestream_items_total", "Line items of these orders.", counters.items);
  families.counter("salestream_left_out_total", "Orders that this process read and the pipeline's where leaves out.",
                   counters.left_out());
  families.counter("salestream_duplicates_total", "Orders that this process left out, since their id had come before.",
                   counters.duplicates);
  families.counter("salestream_wrong_totals_total",
                   "Of these orders, those whose own total differs from the sum of their items.",
                   counters.wrong_totals);
  add_rejects(families, "salestream_rejects_total",
              "Messages that this process has read and could not count, by reason.", counters.rejects);
}

void add_store_counts(Families& families, const View& view) {
  const core::Counters& counters = view.counters;
  families.counter("salestream_store_messages_total", "Messages in the store, of all processes and runs.",
                   counters.messages);
  families.counter("salestream_store_orders_total", "Orders in the store.", counters.orders);
  families.counter("salestream_store_items_total", "Line items in the store.", counters.items);
  families.counter("salestream_store_left_out_total", "Orders that the pipeline's where leaves out.",
                   counters.left_out());
  families.counter("salestream_store_duplicates_total", "Orders left out, since their id had come before.",
                   counters.duplicates);
  families.counter("salestream_store_wrong_totals_total",
                   "Orders in the store whose own total differs from the sum of their items.", counters.wrong_totals);
  add_rejects(families, "salestream_store_rejects_total", "Rejected messages in the store, by reason.",
              counters.rejects);
  families.gauge("salestream_store_open_rejects", "Of these, not known to be sent to the topic again.",
                 view.resent ? std::optional(view.resent->open) : std::nullopt);
  families.gauge("salestream_store_resent_rejects", "Of these, sent to the topic again.",
                 view.resent ? std::optional(view.resent->resent) : std::nullopt);
  families.gauge("salestream_store_read_timestamp_seconds", "When the store was last read for these metrics.",
                 static_cast<double>(view.as_of_ms) / 1000);
}

void add_lag(Families& families, const View& view) {
  families.gauge("salestream_lag_offsets", "Messages (of a file: bytes) that are in the source and not in the store.",
                 view.lag);
  families.gauge("salestream_lag_seconds", "No message that is in the source and not in the store is older than this.",
                 view.lag_seconds);
  families.gauge("salestream_held_back_offsets",
                 "Offsets of the source that can't be read yet, behind transactions that are open.",
                 view.partitions.empty() ? std::optional<std::int64_t>() : std::optional(view.held_back));
  families.gauge("salestream_source_up", "Whether the source answers.", view.is_source_silent ? 0 : 1);
  families.gauge("salestream_log_up", "The old name of salestream_source_up, to be removed in 0.3.",
                 view.is_source_silent ? 0 : 1);

  std::vector<results::PartitionStatus> partitions = view.partitions;
  families.gauge("salestream_partitions", "Partitions that the source or the store knows.", partitions.size());
  if (partitions.size() > kMaxPartitionSeries) {
    std::stable_sort(partitions.begin(), partitions.end(),
                     [](const auto& a, const auto& b) { return a.lag.value_or(0) > b.lag.value_or(0); });
    partitions.resize(kMaxPartitionSeries);
  }
  const auto label = [](const results::PartitionStatus& of) {
    return Labels{{"partition", std::to_string(of.partition)}};
  };
  for (const auto& p : partitions)
    families.gauge("salestream_partition_lag_offsets", "The same of each partition.", p.lag, label(p));
  for (const auto& p : partitions)
    families.gauge("salestream_partition_lag_seconds", "The same of each partition.",
                   lag_seconds_of(p, view.lag_as_of_ms), label(p));
  for (const auto& p : partitions)
    families.gauge("salestream_partition_next_offset", "Every message of the partition before it is in the store.",
                   p.stored ? p.stored->next_offset : 0, label(p));
  for (const auto& p : partitions)
    if (p.range)
      families.gauge("salestream_partition_log_end_offset",
                     "The end of the partition: the offset of the message to come next.", p.range->end, label(p));
}

void add_work(Families& families, const engine::Measurements& measured) {
  families.histogram("salestream_flush_duration_seconds",
                     "Time from a flush's begin until it is durable, with all tries.", measured.flush_seconds);
  families.histogram("salestream_flush_messages", "Messages in a flush.", measured.flush_messages);
  families.histogram("salestream_end_to_end_latency_seconds",
                     "Time from the timestamp of a message in the source until it is durable in the store.",
                     measured.latency_seconds);
  for (std::size_t i = 0; i < engine::kStoreWorkCount; ++i)
    families.counter("salestream_store_retries_total", "How often the store had to be asked again, by what for.",
                     measured.store_retries[i], {{"operation", engine::name_of(static_cast<engine::StoreWork>(i))}});
  families.gauge("salestream_cells", "Cells in memory.", measured.cells);
  families.gauge("salestream_changed_cells", "Of these, to be written by the next flush.", measured.changed_cells);
  families.gauge("salestream_cell_bytes", "Memory that the cells take.", measured.cell_bytes);
  families.gauge("salestream_cell_limit_bytes", "Memory that they may take: limits.cells_in_memory.",
                 measured.cell_limit_bytes);
  families.counter("salestream_cell_misses_total", "Cells that were not in memory and were looked for in the store.",
                   measured.cell_misses);
  families.counter("salestream_cell_evictions_total", "Cells that left memory to make room.", measured.cell_evictions);
}

void add_process(Families& families, const ProcessUsage& process) {
  families.counter("process_cpu_seconds_total", "CPU time that this process has taken.", process.cpu_seconds);
  families.gauge("process_resident_memory_bytes", "Memory that this process has now.", process.resident_bytes);
  families.gauge("process_virtual_memory_bytes", "Address space that this process has.", process.virtual_bytes);
  families.gauge("process_threads", "Threads of this process.", process.threads);
  families.gauge("process_open_fds", "Open file descriptors.", process.open_files);
  families.gauge("process_max_fds", "File descriptors that may be open.", process.most_open_files);
  families.gauge("process_start_time_seconds", "When this process started.", process.started_seconds);
}

}  // namespace

std::string metrics_text(const MetricsInput& input) {
  Families families;
  const RunInfo& run_info = *input.view.run_info;
  families.gauge("salestream_build_info", "What runs here; always 1.", 1, {{"version", run_info.version}});
  families.gauge("salestream_pipeline_info", "What it reads, and where it keeps totals; always 1.", 1,
                 {{"pipeline", run_info.definition.pipeline}, {"source", run_info.source}, {"store", run_info.store}});
  families.gauge("salestream_ready", "Whether /readyz says yes.", input.is_ready ? 1 : 0);
  families.gauge("salestream_caught_up",
                 "Whether every message that the source had at the last look is in the store, which answers.",
                 results::is_good(input.view.freshness) ? 1 : 0);
  for (const results::Freshness each : results::kAllFreshness)
    families.gauge("salestream_state", "What the totals are worth, or what they wait for: 1 at the state that is so.",
                   each == input.view.freshness ? 1 : 0, {{"state", results::name_of(each)}});
  families.gauge("salestream_assigned_partitions", "Partitions that this process reads.", input.run.partitions);
  families.gauge("salestream_store_wait_seconds", "For so long the store has not done what it was asked; 0: it has.",
                 input.health.store_wait.count());
  add_process_counts(families, input.run);
  // Before the store was read for the first time nothing is known of it, and 0 would look like a reset.
  if (input.view.as_of_ms > 0) add_store_counts(families, input.view);
  add_lag(families, input.view);
  add_work(families, input.measured);
  add_process(families, input.process);
  return families.text();
}

}  // namespace salestream::web
