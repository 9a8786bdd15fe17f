// SPDX-License-Identifier: Apache-2.0
// `salestream init`: makes the topic and the tables that are not there yet.
#include <fmt/format.h>

#include "cli/commands.h"
#include "kafka/admin.h"

namespace salestream::cli {
namespace {

// What was done about the topic, in a line.
base::Result<std::string> make_topic(const source::KafkaOptions& options) {
  SALESTREAM_ASSIGN(const auto admin, kafka::TopicAdmin::connect(options.properties, options.topic));
  SALESTREAM_ASSIGN(const bool made,
                    admin->create_topic(options.create_partitions, options.create_replication_factor));
  if (made)
    return fmt::format("made topic {} with {} partition{} and replication factor {}", options.topic,
                       options.create_partitions, options.create_partitions == 1 ? "" : "s",
                       options.create_replication_factor);
  SALESTREAM_ASSIGN(const std::optional<int> partitions, admin->partition_count());
  return fmt::format("topic {} was there already, with {} partition{}", options.topic, partitions.value_or(0),
                     partitions == 1 ? "" : "s");
}

}  // namespace

base::Result<int> init(const InitArguments& arguments) {
  SALESTREAM_ASSIGN(const OpenedPipeline opened, open_pipeline(arguments.pipeline));
  if (const auto* kafka = std::get_if<source::KafkaOptions>(&opened.file.source)) {
    SALESTREAM_ASSIGN(const std::string line, make_topic(*kafka));
    SALESTREAM_TRY(print(line + '\n'));
  }
  SALESTREAM_ASSIGN(const std::vector<std::string> made, opened.store->init());
  std::string text;
  for (const std::string& line : made) text += line + '\n';
  if (made.empty()) text = fmt::format("the tables in {} were there already\n", opened.store->where());
  SALESTREAM_TRY(print(text));
  return kExitDone;
}

}  // namespace salestream::cli
