// SPDX-License-Identifier: Apache-2.0
#include "cli/spark/session.h"

#include <cstdlib>
#include <utility>

#include "spark/remote.h"

namespace salestream::cli {
namespace {

// What tells a pipeline from another of the same name, as in staging and production, for everyone who has the pipeline
// file. Not the addresses, which each machine may have others of.
std::string session_seed(const config::PipelineFile& file) {
  std::string seed = file.definition.pipeline;
  if (const auto* kafka = std::get_if<source::KafkaOptions>(&file.source)) seed += "\n" + kafka->topic;
  if (const auto* cassandra = std::get_if<store::CassandraOptions>(&file.store)) seed += "\n" + cassandra->keyspace;
  return seed;
}

}  // namespace

base::Result<std::unique_ptr<spark::Connect>> connect_spark(const SparkArguments& arguments,
                                                            const config::PipelineFile& file) {
  std::string remote = arguments.remote;
  if (const char* of_environment = std::getenv("SPARK_REMOTE"); remote.empty() && of_environment != nullptr)
    remote = of_environment;
  if (remote.empty())
    return base::usage_error(
        "which Spark is meant? Say --remote sc://HOST:PORT, or set SPARK_REMOTE to that: the address of "
        "a Spark Connect server (its port is 15002 unless set otherwise)");
  SALESTREAM_ASSIGN(spark::Remote parsed, spark::parse_remote(remote));
  return spark::connect(std::move(parsed), session_seed(file));
}

base::Result<SparkSession> open_spark(const SparkArguments& arguments) {
  SparkSession session;
  SALESTREAM_ASSIGN(session.file, load_pipeline(arguments.pipeline));
  SALESTREAM_ASSIGN(session.server, connect_spark(arguments, session.file));
  return session;
}

}  // namespace salestream::cli
