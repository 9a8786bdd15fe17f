// SPDX-License-Identifier: Apache-2.0
#include "cli/spark/submit.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <thread>
#include <utility>

#include "base/logging.h"
#include "cli/app/exit_codes.h"
#include "cli/app/open_pipeline.h"
#include "cli/spark/interrupts.h"
#include "cli/spark/queries.h"
#include "cli/spark/target.h"
#include "cli/spark/watch.h"
#include "cli/terminal/log_view.h"
#include "core/cell.h"
#include "spark/kafka_source.h"
#include "spark/sink_jar.h"

namespace salestream::cli {
namespace {

constexpr const char* kMetricsName = "salestream";
// Spark makes so many tasks of each batch's sums, and its usual 200 take 6 s for a batch of a few orders.
constexpr const char* kShufflePartitions = "4";
// Spark shows each statement with its options on its pages, passwords among them, unless it is told what they look
// like: in what it was asked (key: "password" value: "…"), and in its plans (password -> … or password=…, to the end of
// the line or of a key in PEM, for what a password may have in it).
constexpr const char* kSecretOptions =
    R"re(key: "[^"]*(?i:password|secret|token|jaas|\.key)[^"]*"\s*value: "[^"\\]*+(?:\\.[^"\\]*+)*+")re"
    R"re(|[\w.]*(?i:password|secret|token|jaas|\.key)[\w.]*(?: -> |=)(?:[\s\S]*-----END.*|.*))re";
constexpr std::chrono::seconds kStartTimeout{90};  // Spark compiles code for its first batch
constexpr std::chrono::milliseconds kLookPause{250};
constexpr std::string_view kConnectorSettings = "spark.cassandra.";

// The folder that all of a pipeline's checkpoints are in, without a slash at its end.
base::Result<std::string> checkpoint_folder(spark::Connect& server, const std::string& asked) {
  std::string folder = asked;
  if (folder.empty()) {
    SALESTREAM_ASSIGN(const std::optional<std::string> of_server,
                      server.setting("spark.sql.streaming.checkpointLocation"));
    folder = of_server.value_or("");
  }
  if (folder.empty())
    return base::usage_error(
        "where is Spark to keep how far it is? Say --checkpoint DIR: a folder that all machines of the "
        "cluster see, such as hdfs://… or s3a://…; a folder of its own machine does for a server alone. "
        "(Spark's setting spark.sql.streaming.checkpointLocation says it for all queries.)");
  if (!folder.starts_with('/') && folder.find("://") == std::string::npos && !folder.starts_with("file:"))
    return base::usage_error(
        fmt::format("--checkpoint {}: the folder is Spark's, and where a relative one would be depends on "
                    "how its server was started: say it from the root, or as hdfs://… or s3a://…",
                    folder));
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  return folder;
}

std::string sink_jar_name() {
  return fmt::format("salestream-spark-sink-{:016x}.jar", core::checksum(spark::sink_jar()));
}

base::Status prepare_session(spark::Connect& server, const spark::Statement& statement, SparkOptions source_options,
                             const SparkSubmitArguments& arguments) {
  SparkOptions settings(statement.session.begin(), statement.session.end());
  settings.try_emplace("spark.sql.shuffle.partitions", kShufflePartitions);
  settings.try_emplace("spark.sql.redaction.string.regex", kSecretOptions);
  for (const auto& [name, value] : arguments.settings) {
    if (statement.session.contains(name))
      return base::usage_error(fmt::format("--conf {}: the totals rest on its being {}, by the pipeline file", name,
                                           statement.session.at(name)));
    if (!name.starts_with(kConnectorSettings)) settings[name] = value;
  }
  SALESTREAM_TRY(server.set(settings));
  SALESTREAM_TRY(server.add_jar(sink_jar_name(), spark::sink_jar()));
  source_options.try_emplace("startingOffsets", "earliest");
  source_options.try_emplace("maxOffsetsPerTrigger", std::to_string(arguments.max_batch_messages));
  SALESTREAM_TRY(server.view_stream(spark::kMessagesView, "kafka", source_options));
  return server.view_sql(spark::kJudgedView, statement.judged, kMetricsName, statement.metrics);
}

// What is wrong with a query (a broker that is not there, a table that is another) shows when it begins its first
// batch.
base::Status await_begin(spark::Connect& server, const TableQuery& query, const std::string& name) {
  for (const auto give_up = std::chrono::steady_clock::now() + kStartTimeout;;) {
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
                                    kStartTimeout.count(), status.message));
      return {};
    }
    std::this_thread::sleep_for(kLookPause);
  }
}

// By name: one whose start got no answer in time may run all the same.
void stop_all(spark::Connect& server, const core::Definition& definition) {
  const auto queries = find_queries(server, definition);
  if (!queries.ok()) {
    base::log_warning(queries.error().message + "; whether a query of the pipeline runs there is not known");
    return;
  }
  for (const TableQuery& query : *queries) {
    if (!query.id) continue;
    if (const base::Status stopped = server.stop(*query.id); !stopped.ok()) base::log_warning(stopped.error().message);
  }
}

// All tables or none.
base::Result<std::vector<TableQuery>> start_queries(spark::Connect& server, const core::Definition& definition,
                                                    const SparkTarget& target, const std::string& folder,
                                                    const SparkSubmitArguments& arguments) {
  std::vector<TableQuery> started;
  base::Status outcome;
  for (std::size_t i = 0; outcome.ok() && i < definition.totals.size(); ++i) {
    spark::NewQuery query;
    query.name = query_name(definition.pipeline, definition.totals[i].name);
    query.sql = target.selects[i];
    query.format = target.sink;
    query.options = target.options[i];
    for (const auto& [name, value] : arguments.settings)
      if (name.starts_with(kConnectorSettings)) query.options[name] = value;
    // A query must not end with the session that submitted it: see SessionKeepAlive in spark-sink.
    query.options["sink_version"] = SALESTREAM_VERSION;
    query.options["connect_user"] = server.remote().user_id;
    query.options["connect_session"] = server.remote().session_id;
    query.options["checkpointLocation"] =
        fmt::format("{}/{}/{}", folder, target.checkpoint_name, definition.totals[i].name);
    query.trigger_interval_ms = static_cast<std::int64_t>(arguments.trigger_interval_seconds * 1000);
    const auto id = server.start(query);
    if (id.ok())
      started.push_back({definition.totals[i].name, *id, {}, {}});
    else
      outcome = id.error();
  }
  for (std::size_t i = 0; outcome.ok() && i < started.size(); ++i)
    outcome = await_begin(server, started[i], query_name(definition.pipeline, started[i].table));
  if (outcome.ok()) return started;
  stop_all(server, definition);
  base::Error error = std::move(outcome).error();
  if (!target.after_failure.empty()) error.message += ". " + target.after_failure;
  return error;
}

base::Status check_none_runs(spark::Connect& server, const core::Definition& definition) {
  SALESTREAM_ASSIGN(const std::vector<TableQuery> queries, find_queries(server, definition));
  for (const TableQuery& query : queries)
    if (query.id)
      return base::failure(
          fmt::format("{}: the query {} runs already. `salestream spark watch` shows it; to submit it again, "
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
    return base::usage_error(
        fmt::format("Spark reads a Kafka topic, and the pipeline {} reads {}, which only this machine has",
                    definition.pipeline, opened.source->where()));
  SALESTREAM_ASSIGN(const spark::Statement statement, spark::compile(definition));
  SALESTREAM_ASSIGN(const spark::KafkaSource source, spark::kafka_source(*kafka));
  if (!source.left_out.empty())
    base::log_info(
        fmt::format("these properties of the topic's source are for another client than Spark's, and are left out: {}",
                    fmt::join(source.left_out, ",")));
  SALESTREAM_ASSIGN(std::unique_ptr<spark::Connect> server, connect_spark(arguments.spark, opened.file));
  SALESTREAM_ASSIGN(const std::string folder, checkpoint_folder(*server, arguments.checkpoint));
  SALESTREAM_TRY(check_none_runs(*server, definition));

  // What Spark finds wrong with topic or statement, it says before anything is changed.
  SALESTREAM_TRY(prepare_session(*server, statement, source.options, arguments));
  SALESTREAM_ASSIGN(const SparkTarget target, to_topic
                                                  ? into_topic(opened, statement, source.options, arguments.to_topic)
                                                  : into_cassandra(opened, statement, arguments.take_over));
  interrupts.begin_to_submit();
  SALESTREAM_ASSIGN(std::vector<TableQuery> queries, start_queries(*server, definition, target, folder, arguments));
  const std::string page = monitoring_page(*server);
  say(fmt::format("Spark at {} counts {} into {}; its checkpoint is {}/{}{}", server->remote().where(),
                  definition.pipeline, target.text, folder, target.checkpoint_name,
                  page.empty() ? "" : "; its monitoring page: " + page));
  if (!arguments.detach) return watch_queries(interrupts, definition, std::move(server), std::move(queries));
  say("it goes on without this program: `salestream spark watch` shows it, `salestream spark stop` ends it");
  return kExitDone;
}

}  // namespace salestream::cli
