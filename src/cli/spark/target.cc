// SPDX-License-Identifier: Apache-2.0
#include "cli/spark/target.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <utility>

#include "base/logging.h"
#include "cli/app/reading_check.h"
#include "cli/terminal/text.h"
#include "core/cell.h"
#include "kafka/admin.h"
#include "kafka/ensure_topic.h"
#include "spark/topic_rows.h"
#include "store_cassandra/cassandra.h"

namespace salestream::cli {
namespace {

constexpr const char* kCassandraSink = "salestream.spark.CassandraTotals";
constexpr const char* kTopicSink = "salestream.spark.TopicTotals";

// A checkpoint holds offsets, which mean other messages in another cluster.
base::Result<std::string> cluster_of(const source::KafkaOptions& kafka) {
  SALESTREAM_ASSIGN(const auto admin, kafka::TopicAdmin::connect(kafka.properties, kafka.topic));
  SALESTREAM_ASSIGN(const std::optional<int> partitions, admin->partition_count());
  if (!partitions)
    return base::failure(fmt::format(
        "there is no topic {}, and Spark does not wait for one: `salestream init PIPELINE` makes it", kafka.topic));
  return admin->cluster_id();
}

const source::KafkaOptions& kafka_of(const OpenedPipeline& opened) {
  return std::get<source::KafkaOptions>(opened.file.source);
}

base::Status prepare_topic(const source::KafkaOptions& kafka, const std::string& topic) {
  SALESTREAM_ASSIGN(
      const kafka::EnsuredTopic ensured,
      kafka::ensure_topic(kafka.properties, {topic, kafka.create_partitions, kafka.create_replication_factor}));
  if (ensured.was_created)
    base::log_info(fmt::format("made topic {} with {}", topic, count_of(kafka.create_partitions, "partition")));
  return {};
}

void warn_of_certificates(const store::CassandraTls& tls) {
  if (tls.ca_file.empty() && tls.cert_file.empty() && tls.key_file.empty()) return;
  base::log_warning(
      "the certificates for Cassandra that the pipeline file names are files of this machine. Spark's machines need "
      "their own, which --conf spark.cassandra.connection.ssl.trustStore.path=FILE and its neighbours name");
}

}  // namespace

base::Result<SparkTarget> into_cassandra(const OpenedPipeline& opened, const spark::Statement& statement,
                                         bool takes_over) {
  const core::Definition& definition = opened.file.definition;
  const auto* cassandra = std::get_if<store::CassandraOptions>(&opened.file.store);
  if (cassandra == nullptr)
    return base::usage_error(fmt::format(
        "Spark fills tables of Cassandra, and the pipeline {} keeps its totals in {}, which is a file on this machine: "
        "say --store cassandra:HOST:PORT/KEYSPACE, or --to-topic TOPIC",
        definition.pipeline, opened.store->where()));
  if (takes_over) SALESTREAM_TRY(check_nobody_reads(opened, "Spark taking over"));
  SALESTREAM_ASSIGN(const std::string cluster, cluster_of(kafka_of(opened)));
  SALESTREAM_ASSIGN(const store::SparkGeneration generation,
                    store::prepare_for_spark(*cassandra, {definition, opened.source->identity()}, takes_over));
  SparkTarget target;
  target.text = opened.store->where();
  target.checkpoint_name = fmt::format("{}-{}-{:016x}", definition.pipeline, generation.number,
                                       core::checksum(fmt::format("{}\n{}", generation.generation_base_us, cluster)));
  target.sink = kCassandraSink;
  target.after_failure = fmt::format(
      "The tables in {} are Spark's now. Mend that and submit again; or, to have this program count instead, start "
      "`salestream run PIPELINE --take-over`",
      opened.store->where());
  for (std::size_t i = 0; i < definition.totals.size(); ++i) {
    SparkOptions options{{"contact_points", fmt::format("{}", fmt::join(cassandra->contact_points, ","))},
                         {"keyspace", cassandra->keyspace},
                         {"table", definition.totals[i].name},
                         {"types", fmt::format("{}", fmt::join(generation.column_types[i], ","))},
                         {"consistency", store::name_of(cassandra->consistency)},
                         {"pipeline", definition.pipeline},
                         {"generation", std::to_string(generation.number)},
                         {"generation_base_us", std::to_string(generation.generation_base_us)},
                         {"version_column", std::string(spark::kVersionColumn)}};
    if (!cassandra->user.empty()) {
      options["user"] = cassandra->user;
      options["password"] = cassandra->password;
    }
    if (!cassandra->local_datacenter.empty()) options["datacenter"] = cassandra->local_datacenter;
    if (cassandra->uses_tls) options["spark.cassandra.connection.ssl.enabled"] = "true";
    target.options.push_back(std::move(options));
    target.selects.push_back(statement.tables[i].sql);
  }
  if (cassandra->uses_tls) warn_of_certificates(cassandra->tls);
  return target;
}

base::Result<SparkTarget> into_topic(const OpenedPipeline& opened, const spark::Statement& statement,
                                     const SparkOptions& source_options, const std::string& topic) {
  const core::Definition& definition = opened.file.definition;
  if (topic == kafka_of(opened).topic)
    return base::usage_error(
        fmt::format("--to-topic {} is the topic that the orders are read from: totals among them would be "
                    "rejects for all who read it. Name another",
                    topic));
  SALESTREAM_ASSIGN(const std::string cluster, cluster_of(kafka_of(opened)));
  SALESTREAM_TRY(prepare_topic(kafka_of(opened), topic));
  SparkTarget target;
  target.text = "topic " + topic;
  // Nothing but this says what was counted: under another definition, or of another source, the count starts from zero.
  target.checkpoint_name = fmt::format(
      "{}-topic-{}-{:016x}", definition.pipeline, topic,
      core::checksum(fmt::format("{}\n{}\n{}", definition.canonical_text(), opened.source->identity(), cluster)));
  target.sink = kTopicSink;
  SparkOptions options{{"topic", topic}};
  for (const auto& [name, value] : source_options)
    if (name.starts_with("kafka.")) options[name] = value;
  for (std::size_t i = 0; i < definition.totals.size(); ++i) {
    target.options.push_back(options);
    target.selects.push_back(spark::topic_rows(definition.totals[i], statement.tables[i]));
  }
  return target;
}

}  // namespace salestream::cli
