// SPDX-License-Identifier: Apache-2.0
// `salestream spark submit`: the pipeline file as streaming queries on a Spark cluster, one a totals table.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "base/log.h"
#include "cli/log_view.h"
#include "cli/reading_check.h"
#include "cli/spark.h"
#include "kafka/admin.h"
#include "spark/kafka_source.h"
#include "spark/sink_jar.h"
#include "spark/statement.h"
#include "store/cassandra.h"

namespace salestream::cli {
namespace {

using Options = std::map<std::string, std::string>;

constexpr const char* kMetricsName = "salestream";
constexpr const char* kCassandraSink = "salestream.spark.CassandraTotals";
constexpr const char* kTopicSink = "salestream.spark.TopicTotals";
// Spark makes so many tasks of each batch's sums, and its usual 200 take 6 s for a batch of a few orders.
constexpr const char* kShufflePartitions = "4";
// A batch is held in memory by nobody, but its state is, and how far the catching up is shows only between batches.
constexpr const char* kMaxMessagesABatch = "1000000";
constexpr std::chrono::seconds kStartPatience{90};  // Spark compiles code for its first batch
constexpr std::chrono::milliseconds kStartPause{250};

// Where the rows of the tables go.
struct Target {
  std::string text;                  // for people
  std::string checkpoint_name;       // differs wherever a count begins anew
  std::string format;
  std::vector<Options> options;      // of each table
  std::vector<std::string> selects;  // around each table's statement; {} is that
};

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ",") + part;
  return text;
}

const char* name_of(store::CassandraConsistency consistency) {
  switch (consistency) {
    case store::CassandraConsistency::kQuorum: return "QUORUM";
    case store::CassandraConsistency::kLocalQuorum: return "LOCAL_QUORUM";
    case store::CassandraConsistency::kAll: return "ALL";
  }
  return "QUORUM";
}

base::Result<Target> into_cassandra(const OpenedPipeline& opened, const spark::Statement& statement, bool takes_over) {
  const core::Definition& definition = opened.file.definition;
  const auto* cassandra = std::get_if<store::CassandraOptions>(&opened.file.store);
  if (cassandra == nullptr)
    return base::usage_error(fmt::format(
        "Spark fills tables of Cassandra, and the pipeline {} keeps its totals in {}, which is a file on this machine: say "
        "--store cassandra:HOST:PORT/KEYSPACE, or --to-topic TOPIC", definition.pipeline, opened.store->where()));
  if (takes_over) SALESTREAM_TRY(check_nobody_reads(opened));
  SALESTREAM_ASSIGN(const store::SparkGeneration generation,
                    store::prepare_for_spark(*cassandra, {definition, opened.log->identity()}, takes_over));
  Target target{opened.store->where(), fmt::format("{}-{}", definition.pipeline, generation.number), kCassandraSink, {}, {}};
  for (std::size_t i = 0; i < definition.totals.size(); ++i) {
    Options options{{"contact_points", joined(cassandra->contact_points)},
                    {"keyspace", cassandra->keyspace},
                    {"table", definition.totals[i].name},
                    {"types", joined(generation.column_types[i])},
                    {"consistency", name_of(cassandra->consistency)},
                    {"generation_base_us", std::to_string(generation.generation_base_us)}};
    if (!cassandra->user.empty()) {
      options["user"] = cassandra->user;
      options["password"] = cassandra->password;
    }
    if (!cassandra->local_datacenter.empty()) options["datacenter"] = cassandra->local_datacenter;
    // Certificates are files on Spark's own machines, and a matter of its configuration.
    if (cassandra->uses_tls) options["spark.cassandra.connection.ssl.enabled"] = "true";
    target.options.push_back(std::move(options));
    target.selects.push_back(statement.tables[i].sql);
  }
  return target;
}

std::string quoted(const std::string& column) {
  std::string text = "`";
  for (const char c : column) text.append(c == '`' ? 2 : 1, c);
  return text + "`";
}

std::string literal(const std::string& text) {
  std::string quoted_text = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted_text += '\\';
    quoted_text += c;
  }
  return quoted_text + "'";
}

// Amounts are strings of exact digits, as `totals --format json` has them: readers would turn numbers into doubles.
std::string json_of(const core::TotalsTable& table, bool only_key) {
  std::string fields;
  for (const core::Column& column : table.columns) {
    const auto* measure = std::get_if<core::Measure>(&column.shows);
    if (only_key && measure != nullptr) continue;
    std::string value = quoted(column.name);
    if (measure != nullptr && *measure != core::Measure::kOrders)
      value = fmt::format("regexp_replace(CAST(CAST({} AS DECIMAL(38, 9)) AS STRING), '{}', '')", value,
                          *measure == core::Measure::kRevenue ? "0{1,7}$" : "[.]?0+$");
    fields += fmt::format("{}{}, {}", fields.empty() ? "" : ", ", literal(column.name), value);
  }
  return "to_json(named_struct(" + fields + "))";
}

base::Status make_topic(const source::KafkaOptions& kafka, const std::string& topic) {
  SALESTREAM_ASSIGN(const auto admin, kafka::TopicAdmin::connect(kafka.properties, topic));
  SALESTREAM_ASSIGN(const bool made, admin->create_topic(kafka.create_partitions, kafka.create_replication_factor));
  if (made) base::log_info(fmt::format("made topic {} with {} partitions", topic, kafka.create_partitions));
  return {};
}

base::Result<Target> into_topic(const source::KafkaOptions& kafka, const core::Definition& definition,
                                const spark::Statement& statement, const Options& source_options, const std::string& topic) {
  SALESTREAM_TRY(make_topic(kafka, topic));
  Target target{"topic " + topic, fmt::format("{}-topic-{}", definition.pipeline, topic), kTopicSink, {}, {}};
  Options options{{"topic", topic}};
  for (const auto& [name, value] : source_options)
    if (name.starts_with("kafka.")) options[name] = value;
  for (std::size_t i = 0; i < definition.totals.size(); ++i) {
    target.options.push_back(options);
    // A message replaces the one before of the same key, as in a compacted topic.
    target.selects.push_back(fmt::format(
        "SELECT {} AS key, {} AS value, array(named_struct('key', 'table', 'value', CAST({} AS BINARY))) AS headers FROM ({})",
        json_of(definition.totals[i], true), json_of(definition.totals[i], false), literal(definition.totals[i].name),
        statement.tables[i].sql));
  }
  return target;
}

// The folder that all of a pipeline's checkpoints are in, without a slash at its end.
base::Result<std::string> checkpoint_folder(spark::Connect& server, const std::string& asked) {
  std::string folder = asked;
  if (folder.empty()) {
    SALESTREAM_ASSIGN(const std::optional<std::string> of_server, server.setting("spark.sql.streaming.checkpointLocation"));
    folder = of_server.value_or("");
  }
  if (folder.empty())
    return base::usage_error("where is Spark to keep how far it is? Say --checkpoint DIR: a folder that all machines of the "
                             "cluster see, such as hdfs://… or s3a://…; a folder of its own machine does for a server alone. "
                             "(Spark's setting spark.sql.streaming.checkpointLocation says it for all queries.)");
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  return folder;
}

std::string sink_jar_name() {
  return fmt::format("salestream-spark-sink-{:016x}.jar", core::checksum(spark::sink_jar()));
}

base::Status prepare_session(spark::Connect& server, const spark::Statement& statement, Options source_options) {
  Options settings(statement.session.begin(), statement.session.end());
  settings.try_emplace("spark.sql.shuffle.partitions", kShufflePartitions);
  SALESTREAM_TRY(server.set(settings));
  SALESTREAM_TRY(server.add_jar(sink_jar_name(), spark::sink_jar()));
  source_options.try_emplace("startingOffsets", "earliest");
  source_options.try_emplace("maxOffsetsPerTrigger", kMaxMessagesABatch);
  SALESTREAM_TRY(server.view_stream(spark::kMessagesView, "kafka", source_options));
  return server.view_sql(spark::kJudgedView, statement.judged, kMetricsName, statement.metrics);
}

// What is wrong with a query (a broker that is not there, a table that is another) shows when it begins its first batch.
base::Status await_begin(spark::Connect& server, const TableQuery& query, const std::string& name) {
  for (const auto give_up = std::chrono::steady_clock::now() + kStartPatience;;) {
    SALESTREAM_ASSIGN(const spark::QueryStatus status, server.status(*query.id));
    if (!status.is_active) {
      SALESTREAM_ASSIGN(const auto why, server.exception(*query.id));
      return base::failure(fmt::format("{}: the query {} ended as soon as it began: {}", server.remote().where(), name,
                                       why.value_or("someone stopped it")));
    }
    SALESTREAM_ASSIGN(const auto progress, server.last_progress(*query.id));
    if (progress) return {};
    if (std::chrono::steady_clock::now() > give_up) {
      base::log_warning(fmt::format("{} has not finished its first batch after {} s; Spark says: {}", name,
                                    kStartPatience.count(), status.message));
      return {};
    }
    std::this_thread::sleep_for(kStartPause);
  }
}

base::Result<std::vector<TableQuery>> start_queries(spark::Connect& server, const core::Definition& definition,
                                                    const Target& target, const std::string& folder,
                                                    std::int64_t trigger_interval_ms) {
  std::vector<TableQuery> started;
  base::Status outcome;
  for (std::size_t i = 0; outcome.ok() && i < definition.totals.size(); ++i) {
    spark::NewQuery query;
    query.name = query_name(definition.pipeline, definition.totals[i].name);
    query.sql = target.selects[i];
    query.format = target.format;
    query.options = target.options[i];
    // A query must not end with the session of who submitted it: see SessionKeeper in spark-sink.
    query.options["connect_user"] = server.remote().user_id;
    query.options["connect_session"] = server.remote().session_id;
    query.options["checkpointLocation"] = fmt::format("{}/{}/{}", folder, target.checkpoint_name, definition.totals[i].name);
    query.trigger_interval_ms = trigger_interval_ms;
    const auto id = server.start(query);
    if (id.ok())
      started.push_back({definition.totals[i].name, *id, {}, {}});
    else
      outcome = id.error();
  }
  for (std::size_t i = 0; outcome.ok() && i < started.size(); ++i)
    outcome = await_begin(server, started[i], query_name(definition.pipeline, started[i].table));
  if (outcome.ok()) return started;
  // All tables or none.
  for (const TableQuery& query : started)
    if (const base::Status stopped = server.stop(*query.id); !stopped.ok()) base::log_warning(stopped.error().message);
  return std::move(outcome).error();
}

base::Status check_none_runs(spark::Connect& server, const core::Definition& definition) {
  SALESTREAM_ASSIGN(const std::vector<TableQuery> queries, find_queries(server, definition));
  for (const TableQuery& query : queries)
    if (query.id)
      return base::failure(fmt::format("{}: the query {} runs already. `salestream spark watch` shows it; to submit it again, "
                                       "end it first with `salestream spark stop`",
                                       server.remote().where(), query_name(definition.pipeline, query.table)));
  return {};
}

}  // namespace

base::Result<int> spark_submit(const SparkSubmitArguments& arguments) {
  Interrupts interrupts;
  const bool to_topic = !arguments.to_topic.empty();
  if (to_topic && arguments.take_over)
    return base::usage_error("--take-over is for totals in Cassandra, and --to-topic leaves those alone");
  SALESTREAM_ASSIGN(OpenedPipeline opened, open_pipeline(arguments.spark.pipeline));
  const core::Definition& definition = opened.file.definition;
  const auto* kafka = std::get_if<source::KafkaOptions>(&opened.file.source);
  if (kafka == nullptr)
    return base::usage_error(fmt::format("Spark reads a Kafka topic, and the pipeline {} reads {}, which only this machine has",
                                         definition.pipeline, opened.log->where()));
  SALESTREAM_ASSIGN(const spark::Statement statement, spark::compile(definition));
  SALESTREAM_ASSIGN(const spark::KafkaSource source, spark::kafka_source(*kafka));
  if (!source.left_out.empty())
    base::log_info("these properties of the topic's source are for another client than Spark's, and are left out: " +
                   joined(source.left_out));
  SALESTREAM_ASSIGN(std::unique_ptr<spark::Connect> server, connect_spark(arguments.spark, definition.pipeline));
  SALESTREAM_ASSIGN(const std::string folder, checkpoint_folder(*server, arguments.checkpoint));
  SALESTREAM_TRY(check_none_runs(*server, definition));

  // What Spark finds wrong with topic or statement, it says before anything is changed.
  SALESTREAM_TRY(prepare_session(*server, statement, source.options));
  SALESTREAM_ASSIGN(const Target target,
                    to_topic ? into_topic(*kafka, definition, statement, source.options, arguments.to_topic)
                             : into_cassandra(opened, statement, arguments.take_over));
  const auto trigger_ms = static_cast<std::int64_t>(arguments.trigger_interval_seconds * 1000);
  SALESTREAM_ASSIGN(std::vector<TableQuery> queries, start_queries(*server, definition, target, folder, trigger_ms));
  const std::string page = monitoring_page(*server);
  say(fmt::format("Spark at {} counts {} into {}; its checkpoint is {}/{}{}", server->remote().where(), definition.pipeline,
                  target.text, folder, target.checkpoint_name, page.empty() ? "" : "; its monitoring page: " + page));
  if (!arguments.detach) return watch_queries(interrupts, definition, std::move(server), std::move(queries));
  say("it goes on without this program: `salestream spark watch` shows it, `salestream spark stop` ends it");
  return kExitDone;
}

}  // namespace salestream::cli
