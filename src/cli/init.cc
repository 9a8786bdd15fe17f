// SPDX-License-Identifier: Apache-2.0
#include "cli/init.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "cli/app/exit_codes.h"
#include "cli/app/open_pipeline.h"
#include "cli/terminal/print.h"
#include "kafka/admin.h"

namespace salestream::cli {
namespace {

constexpr std::chrono::seconds kVisibleWait{10};
constexpr std::chrono::milliseconds kVisibleInterval{50};

// A broker says that a topic is made before it knows of it itself; who produces into it next must find it there.
base::Result<int> wait_until_visible(kafka::TopicAdmin& admin, const std::string& topic) {
  for (const auto give_up = std::chrono::steady_clock::now() + kVisibleWait;;) {
    SALESTREAM_ASSIGN(const std::optional<int> partitions, admin.partition_count());
    if (partitions.value_or(0) > 0) return *partitions;
    if (std::chrono::steady_clock::now() > give_up)
      return base::failure(fmt::format("topic {} was made, but Kafka does not show it {} s later; see its log", topic,
                                       kVisibleWait.count()));
    std::this_thread::sleep_for(kVisibleInterval);
  }
}

// What was done about the topic, in a line.
base::Result<std::string> make_topic(const source::KafkaOptions& options) {
  SALESTREAM_ASSIGN(const auto admin, kafka::TopicAdmin::connect(options.properties, options.topic));
  SALESTREAM_ASSIGN(const bool made, admin->create_topic(options.create_partitions, options.create_replication_factor));
  SALESTREAM_ASSIGN(const int partitions, wait_until_visible(*admin, options.topic));
  if (made)
    return fmt::format("made topic {} with {} partition{} and replication factor {}", options.topic,
                       options.create_partitions, options.create_partitions == 1 ? "" : "s",
                       options.create_replication_factor);
  return fmt::format("topic {} was there already, with {} partition{}", options.topic, partitions,
                     partitions == 1 ? "" : "s");
}

}  // namespace

base::Result<int> init(const InitArguments& arguments) {
  SALESTREAM_ASSIGN(const OpenedPipeline opened, open_pipeline(arguments.pipeline));
  if (arguments.print) {
    SALESTREAM_ASSIGN(const std::vector<std::string> statements, opened.store->schema());
    std::string text;
    for (const std::string& statement : statements) text += statement + ";\n";
    SALESTREAM_TRY(print(text));
    return kExitDone;
  }
  if (const auto* kafka = std::get_if<source::KafkaOptions>(&opened.file.source)) {
    SALESTREAM_ASSIGN(const std::string line, make_topic(*kafka));
    SALESTREAM_TRY(print(line + '\n'));
  }
  if (opened.file.reject_topic) {
    SALESTREAM_ASSIGN(const std::string line, make_topic(*opened.file.reject_topic));
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
