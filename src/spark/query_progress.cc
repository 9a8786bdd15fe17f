// SPDX-License-Identifier: Apache-2.0
#include "spark/query_progress.h"

#include <simdjson.h>

#include "base/logging.h"

namespace salestream::spark {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::size_t kMaxShownProgressBytes = 200;

std::int64_t integer(const object& in, std::string_view name) {
  std::int64_t value = 0;
  return in[name].get(value) == simdjson::SUCCESS ? value : 0;
}

double number(const object& in, std::string_view name) {
  double value = 0;
  return in[name].get(value) == simdjson::SUCCESS ? value : 0;
}

// {"orders":{"0":1200,"1":1190}}: the sum; nothing when it is something else.
std::optional<std::int64_t> sum_of(const element& offsets) {
  object topics;
  if (offsets.get(topics) != simdjson::SUCCESS) return std::nullopt;
  std::int64_t sum = 0;
  for (const auto topic : topics) {
    object partitions;
    if (topic.value.get(partitions) != simdjson::SUCCESS) return std::nullopt;
    for (const auto partition : partitions) {
      std::int64_t offset = 0;
      if (partition.value.get(offset) != simdjson::SUCCESS) return std::nullopt;
      sum += offset;
    }
  }
  return sum;
}

// Spark Connect hands them over as JSON within a string of JSON, Spark itself as it is.
std::optional<std::int64_t> offsets(const object& source, std::string_view name) {
  element value;
  if (source[name].get(value) != simdjson::SUCCESS) return std::nullopt;
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return sum_of(value);
  simdjson::dom::parser parser;
  element inner;
  if (parser.parse(simdjson::padded_string(text)).get(inner) != simdjson::SUCCESS) return std::nullopt;
  return sum_of(inner);
}

void add(std::optional<std::int64_t>& sum, std::optional<std::int64_t> part) {
  if (part) sum = sum.value_or(0) + *part;
}

void read_sources(const object& root, QueryProgress& progress) {
  simdjson::dom::array sources;
  if (root["sources"].get(sources) != simdjson::SUCCESS) return;
  for (const element each : sources) {
    object source;
    if (each.get(source) != simdjson::SUCCESS) continue;
    progress.messages += integer(source, "numInputRows");
    progress.messages_per_second += number(source, "processedRowsPerSecond");
    progress.arriving_messages_per_second += number(source, "inputRowsPerSecond");
    add(progress.next_offsets, offsets(source, "endOffset"));
    add(progress.end_offsets, offsets(source, "latestOffset"));
  }
}

void read_state(const object& root, QueryProgress& progress) {
  simdjson::dom::array operators;
  if (root["stateOperators"].get(operators) != simdjson::SUCCESS) return;
  for (const element each : operators) {
    object state;
    if (each.get(state) != simdjson::SUCCESS) continue;
    progress.state_rows += integer(state, "numRowsTotal");
    progress.state_bytes += integer(state, "memoryUsedBytes");
  }
}

// {"values":[3000,31],"schema":{"type":"struct","fields":[{"name":"messages",…},{"name":"rejects_invalid_json",…}]}},
// as a server writes its rows.
void read_row(const object& row, QueryProgress& progress) {
  simdjson::dom::array values, fields;
  if (row["values"].get(values) != simdjson::SUCCESS || row["schema"]["fields"].get(fields) != simdjson::SUCCESS)
    return;
  auto value = values.begin();
  for (const element field : fields) {
    if (!(value != values.end())) return;
    std::string_view name;
    std::int64_t count = 0;
    if (field["name"].get(name) == simdjson::SUCCESS && (*value).get(count) == simdjson::SUCCESS)
      progress.metrics[std::string(name)] += count;
    ++value;
  }
}

void read_metrics(const object& root, QueryProgress& progress) {
  object observed;
  if (root["observedMetrics"].get(observed) != simdjson::SUCCESS) return;
  for (const auto name : observed) {
    object values;
    if (name.value.get(values) != simdjson::SUCCESS) continue;
    read_row(values, progress);
    for (const auto metric : values) {
      std::int64_t count = 0;
      if (metric.value.get(count) == simdjson::SUCCESS) progress.metrics[std::string(metric.key)] += count;
    }
  }
}

}  // namespace

base::Result<QueryProgress> parse_progress(std::string_view json) {
  simdjson::dom::parser parser;
  object root;
  // It copies, since it wants to read beyond the end.
  if (parser.parse(simdjson::padded_string(json)).get(root) != simdjson::SUCCESS)
    return base::failure("what Spark reports of its progress is no JSON object: " +
                         base::printable(json, kMaxShownProgressBytes));
  QueryProgress progress;
  std::string_view timestamp;
  if (root["timestamp"].get(timestamp) == simdjson::SUCCESS) progress.timestamp = timestamp;
  progress.batch = integer(root, "batchId");
  object durations;
  if (root["durationMs"].get(durations) == simdjson::SUCCESS)
    progress.batch_ms = integer(durations, "triggerExecution");
  read_sources(root, progress);
  read_state(root, progress);
  read_metrics(root, progress);
  return progress;
}

}  // namespace salestream::spark
