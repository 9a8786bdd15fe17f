// SPDX-License-Identifier: Apache-2.0
#include "cli/status.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "base/clock.h"
#include "base/logging.h"
#include "cli/app/exit_codes.h"
#include "cli/app/open_pipeline.h"
#include "cli/app/reading_check.h"
#include "cli/status_text.h"
#include "cli/terminal/print.h"
#include "engine/fingerprint_check.h"
#include "results/snapshot.h"
#include "source/offset_verdict.h"
#include "source/options.h"

namespace salestream::cli {
namespace {

using Partitions = std::vector<results::PartitionStatus>;

constexpr std::chrono::milliseconds kEndPause{500};  // between two questions for an end that lies too early

// The age of the oldest message that is not in the store, and whether there is one.
base::Status add_lag_seconds(source::Source& source, bool is_kafka, Partitions& partitions) {
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

// Nothing: not known, since the pipeline file names another source.
std::optional<results::Freshness> freshness_of(const ShownPipeline& shown, const PipelineStatus& status) {
  if (!shown.is_same_source) return std::nullopt;
  results::FreshnessFacts facts{.is_store_read = true, .has_end = source::has_end(shown.file.source)};
  facts.is_source_silent = !status.source_error.empty();
  if (!facts.is_source_silent) facts.lag = lag_of(status);
  facts.held_back = held_back_of(status);
  return results::freshness_of(facts);
}

void forget_lag(PipelineStatus& status) {
  for (results::PartitionStatus& p : status.partitions) {
    p.lag.reset();
    p.lag_seconds.reset();
  }
}

base::Status refuse(base::Status why, PipelineStatus& status) {
  status.is_other_source = true;
  forget_lag(status);
  return why;
}

// Whether the source is the one that was counted, found out as by a run that starts; and its partitions as they are.
// An error: it does not answer, or is another; then nothing is known of what is still to be counted.
base::Status check_same_source(source::Source& source, const std::vector<core::PartitionProgress>& progress,
                               PipelineStatus& status) {
  for (const auto believe_at = std::chrono::steady_clock::now() + source::kShorterTimeout;;) {
    SALESTREAM_ASSIGN(const std::vector<source::PartitionRange> ranges, source.ranges_with_held_back());
    status.partitions = results::join(progress, ranges);
    engine::EndTargets ends;
    for (const source::PartitionRange& range : ranges) ends[range.partition] = range.end;
    base::Status same = engine::check_ends(source.where(), progress, ends);
    if (same.ok()) break;
    if (std::chrono::steady_clock::now() >= believe_at) return refuse(std::move(same), status);
    std::this_thread::sleep_for(kEndPause);
  }
  std::vector<engine::LogFingerprint> fingerprints;
  for (const core::PartitionProgress& each : progress) fingerprints.push_back(engine::fingerprint_of(each));
  base::Status same = engine::check_fingerprints(source, fingerprints, std::atomic<bool>(false));
  if (same.ok()) return same;
  if (same.error().kind != base::ErrorKind::kRetriable) return refuse(std::move(same), status);
  forget_lag(status);
  return same;
}

// The source's part. An error, after which only the store's part is known: it does not answer, is gone, or is another.
base::Status add_source(const ShownPipeline& shown, const std::vector<core::PartitionProgress>& progress,
                        PipelineStatus& status) {
  status.partitions = results::join(progress, {});
  if (!shown.is_same_source) return base::failure(shown.difference);
  if (!shown.difference.empty()) base::log_warning(shown.difference);
  SALESTREAM_ASSIGN(const auto source, make_source(shown.file));
  status.source = source->where();
  if (!source::has_end(shown.file.source)) return {};
  SALESTREAM_TRY(check_same_source(*source, progress, status));
  return add_lag_seconds(*source, std::holds_alternative<source::KafkaOptions>(shown.file.source), status.partitions);
}

base::Status add_resent(const ShownPipeline& shown, std::int64_t stored_rejects, PipelineStatus& status) {
  status.resent = rejects::ResentCount{};
  if (stored_rejects == 0) return {};
  SALESTREAM_ASSIGN(const auto records, shown.store->resends());
  SALESTREAM_ASSIGN(const auto states, rejects::RejectStates::read(*records));
  SALESTREAM_ASSIGN(const auto inspection, shown.store->inspect());
  SALESTREAM_ASSIGN(status.resent, rejects::count_resent(*inspection, states, stored_rejects));
  return {};
}

}  // namespace

base::Result<int> status(const StatusArguments& arguments) {
  SALESTREAM_ASSIGN(config::PipelineFile file, load_pipeline(arguments.pipeline));
  SALESTREAM_ASSIGN(const ShownPipeline shown, open_to_show(std::move(file)));
  const std::string& pipeline = shown.counted.definition.pipeline;
  SALESTREAM_TRY(check_counted_here(*shown.store, pipeline, "so how far it is stands in Spark's own checkpoint only"));
  SALESTREAM_ASSIGN(auto reader, results::SnapshotReader::open(shown.counted.definition, *shown.store));
  SALESTREAM_ASSIGN(const auto progress, reader.read_progress());

  PipelineStatus result;
  result.pipeline = pipeline;
  result.source = shown.counted.source;
  result.store = shown.store->where();
  const bool has_messages =
      shown.counted.source.starts_with("kafka ") || shown.counted.source.starts_with("generator ");
  result.unit = has_messages ? "messages" : "bytes";
  SALESTREAM_TRY(add_resent(shown, results::sum_of(progress).all_rejects(), result));
  const base::Status source_status = add_source(shown, progress, result);
  if (!source_status.ok()) result.source_error = source_status.error().message;
  result.freshness = freshness_of(shown, result);

  SALESTREAM_TRY(print(arguments.format == Format::kJson ? to_status_json(result)
                                                         : to_status_text(result, style_for(STDOUT_FILENO))));
  if (source_status.ok()) return kExitDone;
  if (result.is_other_source) return source_status.error();
  base::log_error("the end of the source, and so the lag, is not known: " + result.source_error);
  return kExitFailure;
}

}  // namespace salestream::cli
