// SPDX-License-Identifier: Apache-2.0
#include "cli/spark/arguments.h"

#include "cli/app/cli11.h"
#include "cli/app/pipeline_arguments.h"
#include "cli/spark/submit.h"
#include "cli/spark/watch.h"

namespace salestream::cli {
namespace {

constexpr double kMaxTriggerSeconds = 86'400;
constexpr std::int64_t kMostBatchMessages = 1'000'000'000;

void add_spark_arguments(CLI::App& verb, SparkArguments& arguments) {
  add_pipeline_arguments(verb, arguments.pipeline, {.input = false, .store = true});
  verb.add_option(
          "--remote", arguments.remote,
          "The Spark Connect server, with ;use_ssl=true;token=TOKEN where it wants them (default: the environment's "
          "SPARK_REMOTE, where a token is seen by nobody else)")
      ->type_name("sc://HOST:PORT");
}

void add_submit(CLI::App& spark, Action& chosen) {
  auto [verb, arguments] = add_command<SparkSubmitArguments>(
      spark, chosen, "submit", "Have Spark count the pipeline, from now on and without this program", spark_submit,
      "Starts a streaming query for each totals table, and shows them as watch does; Ctrl+C leaves them running. "
      "Submitted\n"
      "again after they ended, they go on from their checkpoint.\n\n"
      "Examples:\n"
      "  salestream spark submit pipelines/ecommerce_sales.yaml --remote sc://spark:15002 --checkpoint /checkpoints\n"
      "  salestream spark submit pipelines/ecommerce_sales.yaml --remote sc://spark:15002 --to-topic sales_totals");
  add_spark_arguments(*verb, arguments->spark);
  verb->add_option(
          "--checkpoint", arguments->checkpoint,
          "The folder in which Spark keeps how far it is, as its machines see it (default: the one that the server is "
          "set up with)")
      ->type_name("DIR");
  verb->add_option("--trigger-interval", arguments->trigger_interval_seconds,
                   "Begin a batch each so many seconds; 0: whenever there is something (default: 0)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, kMaxTriggerSeconds).description(""));
  verb->add_option("--max-batch-messages", arguments->max_batch_messages,
                   "So many messages in a batch at most (default: 1000000)")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, kMostBatchMessages).description(""));
  verb->add_option_function<std::vector<std::string>>(
          "--conf",
          [settings = &arguments->settings](const std::vector<std::string>& pairs) {
            for (const std::string& pair : pairs)
              (*settings)[pair.substr(0, pair.find('='))] = pair.substr(pair.find('=') + 1);
          },
          "A setting of Spark's for these queries, or of its connector for Cassandra (spark.cassandra.…); more than "
          "once for more")
      ->type_name("NAME=VALUE")
      ->take_all()
      ->check(CLI::Validator(
          [](const std::string& pair) {
            const std::size_t equals = pair.find('=');
            return equals == std::string::npos || equals == 0 ? "is not NAME=VALUE" : std::string();
          },
          "", "NAME=VALUE"));
  verb->add_option("--to-topic", arguments->to_topic,
                   "Send each changed total to this Kafka topic, as JSON, instead of to Cassandra")
      ->type_name("TOPIC");
  verb->add_flag(
      "--take-over", arguments->take_over,
      "Where `salestream run` has filled the tables: count anew from the beginning of the topic, and let Spark fill "
      "them");
  verb->add_flag("--detach", arguments->detach, "Show nothing once the queries run");
}

void add_status(CLI::App& spark, Action& chosen) {
  auto [verb, arguments] = add_command<SparkStatusArguments>(
      spark, chosen, "status", "Show the pipeline's queries on Spark, once", spark_status,
      "The exit code is 1 when a table has no query that runs.\n\n"
      "Example:\n  salestream spark status pipelines/ecommerce_sales.yaml --remote sc://spark:15002 --format json");
  add_spark_arguments(*verb, arguments->spark);
  add_table_or_json(*verb, arguments->format);
}

}  // namespace

void add_spark_command(CLI::App& app, Action& chosen) {
  CLI::App* spark = app.add_subcommand("spark", "Have a Spark cluster count the pipeline instead of this program");
  spark->require_subcommand(1);
  spark->fallthrough();
  spark->footer(
      "Through Spark Connect, so without Spark or Java on this machine. Queries that were submitted are found again by "
      "the\n"
      "pipeline's name, from every machine.\n\n"
      "Example:\n"
      "  salestream spark submit pipelines/ecommerce_sales.yaml --remote sc://spark:15002 --checkpoint /checkpoints");
  add_submit(*spark, chosen);
  add_status(*spark, chosen);
  const auto watch = add_command<SparkArguments>(
      *spark, chosen, "watch", "Show the pipeline's queries on Spark until Ctrl+C, which leaves them running",
      spark_watch, "Example:\n  salestream spark watch pipelines/ecommerce_sales.yaml --remote sc://spark:15002");
  add_spark_arguments(*watch.first, *watch.second);
  const auto stop = add_command<SparkArguments>(
      *spark, chosen, "stop", "End the pipeline's queries on Spark; submitted again, they go on from there", spark_stop,
      "Example:\n  salestream spark stop pipelines/ecommerce_sales.yaml --remote sc://spark:15002");
  add_spark_arguments(*stop.first, *stop.second);
}

}  // namespace salestream::cli
