// SPDX-License-Identifier: Apache-2.0
#include "cli/init.h"

#include <fmt/format.h>

#include "cli/app/exit_codes.h"
#include "cli/app/open_pipeline.h"
#include "cli/terminal/print.h"
#include "cli/terminal/text.h"
#include "kafka/ensure_topic.h"

namespace salestream::cli {
namespace {

// What was done about the topic, in a line.
base::Result<std::string> topic_line(const source::KafkaOptions& options) {
  SALESTREAM_ASSIGN(const kafka::EnsuredTopic topic,
                    kafka::ensure_topic(options.properties,
                                        {options.topic, options.create_partitions, options.create_replication_factor}));
  if (topic.was_created)
    return fmt::format("made topic {} with {} and replication factor {}", options.topic,
                       count_of(options.create_partitions, "partition"), options.create_replication_factor);
  return fmt::format("topic {} was there already, with {}", options.topic, count_of(topic.partitions, "partition"));
}

}  // namespace

base::Result<int> init(const InitArguments& arguments) {
  if (!arguments.sample.from.empty()) return init_from_sample(arguments.sample);
  if (arguments.pipeline.file.empty()) return base::usage_error("PIPELINE is required, or --from-sample");
  SALESTREAM_ASSIGN(const OpenedPipeline opened, open_pipeline(arguments.pipeline));
  if (arguments.print) {
    SALESTREAM_ASSIGN(const std::vector<std::string> statements, opened.store->schema());
    std::string text;
    for (const std::string& statement : statements) text += statement + ";\n";
    SALESTREAM_TRY(print(text));
    return kExitDone;
  }
  if (const auto* kafka = std::get_if<source::KafkaOptions>(&opened.file.source)) {
    SALESTREAM_ASSIGN(const std::string line, topic_line(*kafka));
    SALESTREAM_TRY(print(line + '\n'));
  }
  if (opened.file.reject_topic) {
    SALESTREAM_ASSIGN(const std::string line, topic_line(*opened.file.reject_topic));
    SALESTREAM_TRY(print(line + '\n'));
  }
  SALESTREAM_ASSIGN(const std::vector<std::string> made, opened.store->init());
  std::string text;
  for (const std::string& line : made) text += "made " + line + '\n';
  if (made.empty()) text = fmt::format("the tables in {} were there already\n", opened.store->where());
  SALESTREAM_TRY(print(text));
  return kExitDone;
}

}  // namespace salestream::cli
