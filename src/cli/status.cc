// SPDX-License-Identifier: Apache-2.0
#include "cli/status.h"

#include <algorithm>

#include "base/clock.h"
#include "base/logging.h"
#include "cli/app/exit_codes.h"
#include "cli/app/open_pipeline.h"
#include "cli/app/reading_check.h"
#include "cli/status_text.h"
#include "cli/terminal/print.h"
#include "results/snapshot.h"

namespace salestream::cli {
namespace {

// The age of the oldest message that is not in the store, and whether there is one.
base::Status add_lag_seconds(source::Source& source, bool is_kafka, std::vector<results::PartitionStatus>& partitions) {
  for (results::PartitionStatus& p : partitions) {
    if (!p.range || p.lag == 0) continue;
    const core::Offset next = std::max(p.range->start, p.stored ? p.stored->next_offset : p.range->start);
    SALESTREAM_ASSIGN(const std::optional<source::MessageAt> message, source.message_at(p.partition, next));
    if (message && message->timestamp_ms >= 0)  // a file's lines have no time
      p.lag_seconds = std::max(0.0, static_cast<double>(base::wall_clock_ms() - message->timestamp_ms) / 1000);
    else if (!message && is_kafka) {
      // What is left are no messages, but markers of transactions and aborted ones.
      p.lag = 0;
      p.lag_seconds = 0;
    }
  }
  return {};
}

results::Freshness freshness_of(const PipelineStatus& status, bool has_end) {
  results::FreshnessFacts facts{.is_store_read = true, .has_end = has_end};
  facts.is_source_silent = !status.source_error.empty();
  if (!facts.is_source_silent) facts.lag = lag_of(status);
  facts.held_back = held_back_of(status);
  return results::freshness_of(facts);
}

}  // namespace

base::Result<int> status(const StatusArguments& arguments) {
  SALESTREAM_ASSIGN(const OpenedPipeline opened, open_pipeline(arguments.pipeline));
  SALESTREAM_TRY(opened.store->open_for_read());
  SALESTREAM_TRY(check_counted_here(opened, "so how far it is stands in Spark's own checkpoint only"));
  SALESTREAM_ASSIGN(auto reader, results::SnapshotReader::open(opened.file.definition, *opened.store));
  SALESTREAM_ASSIGN(const auto progress, reader.read_progress());

  PipelineStatus result;
  result.pipeline = opened.file.definition.pipeline;
  result.source = opened.source->where();
  result.store = opened.store->where();
  result.unit = std::holds_alternative<source::FileOptions>(opened.file.source) ? "bytes" : "messages";

  const auto* generator = std::get_if<source::GeneratorOptions>(&opened.file.source);
  const bool is_endless = generator != nullptr && generator->orders_per_partition == 0;
  using Ranges = std::vector<source::PartitionRange>;
  const base::Result<Ranges> ranges = is_endless ? base::Result<Ranges>(Ranges{}) : opened.source->ranges();
  result.partitions = results::join(progress, ranges.ok() ? *ranges : Ranges{});
  base::Status source_status;
  if (ranges.ok())
    source_status = add_lag_seconds(*opened.source, std::holds_alternative<source::KafkaOptions>(opened.file.source),
                                    result.partitions);
  else
    source_status = ranges.error();
  if (!source_status.ok()) result.source_error = source_status.error().message;
  result.freshness = freshness_of(result, !is_endless);

  SALESTREAM_TRY(print(arguments.format == Format::kJson ? to_status_json(result) : to_status_text(result)));
  if (source_status.ok()) return kExitDone;
  base::log_error("the end of the source, and so the lag, is not known: " + result.source_error);
  return kExitFailure;
}

}  // namespace salestream::cli
