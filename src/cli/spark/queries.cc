// SPDX-License-Identifier: Apache-2.0
// What the commands of `salestream spark` have in common: the way to a server, and from a pipeline to its queries
// there.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "cli/spark/spark.h"
#include "spark/remote.h"

namespace salestream::cli {
namespace {

// What tells a pipeline from another of the same name, as in staging and production, for whoever has the pipeline file.
// Not the addresses, which each machine may have others of.
std::string session_seed(const config::PipelineFile& file) {
  std::string seed = file.definition.pipeline;
  if (const auto* kafka = std::get_if<source::KafkaOptions>(&file.source)) seed += "\n" + kafka->topic;
  if (const auto* cassandra = std::get_if<store::CassandraOptions>(&file.store)) seed += "\n" + cassandra->keyspace;
  return seed;
}

base::Status look_at(spark::Connect& server, TableQuery& query) {
  SALESTREAM_ASSIGN(query.status, server.status(*query.id));
  SALESTREAM_ASSIGN(const std::optional<std::string> json, server.last_progress(*query.id));
  if (json) {
    SALESTREAM_ASSIGN(query.progress, spark::parse_progress(*json));
  }
  return {};
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

std::string query_name(const std::string& pipeline, const std::string& table) {
  return "salestream:" + pipeline + ":" + table;
}

base::Result<std::vector<TableQuery>> find_queries(spark::Connect& server, const core::Definition& definition) {
  SALESTREAM_ASSIGN(const std::vector<spark::Query> active, server.active_queries());
  std::vector<TableQuery> found;
  for (const core::TotalsTable& table : definition.totals) found.emplace_back().table = table.name;
  const std::string prefix = query_name(definition.pipeline, "");
  for (const spark::Query& each : active) {
    if (!each.name.starts_with(prefix)) continue;
    const std::string table = each.name.substr(prefix.size());
    auto query = std::find_if(found.begin(), found.end(), [&](const TableQuery& one) { return one.table == table; });
    if (query == found.end()) {
      query = found.emplace(found.end());
      query->table = table;
    }
    query->id = each.id;
    SALESTREAM_TRY(look_at(server, *query));
  }
  return found;
}

std::string monitoring_page(spark::Connect& server) {
  // An answer that does not come is no reason to fail: the page is a hint.
  const auto of_setting = [&](const std::string& name, const std::string& usual) {
    const auto value = server.setting(name);
    return value.ok() && *value ? **value : usual;
  };
  if (of_setting("spark.ui.enabled", "true") == "false") return "";
  const std::string port = of_setting("spark.ui.port", "4040");
  // A port that is taken makes Spark try the next ones, and 0 lets it choose: the server's log has the outcome.
  return port == "0" ? "" : fmt::format("http://{}:{}", server.remote().host, port);
}

}  // namespace salestream::cli
