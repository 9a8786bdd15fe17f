// SPDX-License-Identifier: Apache-2.0
// What the commands of `salestream spark` have in common: the way to a server, and from a pipeline to its queries there.
#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "cli/spark.h"
#include "spark/remote.h"

namespace salestream::cli {

base::Result<std::unique_ptr<spark::Connect>> connect_spark(const SparkArguments& arguments, const std::string& pipeline) {
  std::string remote = arguments.remote;
  if (const char* of_environment = std::getenv("SPARK_REMOTE"); remote.empty() && of_environment != nullptr)
    remote = of_environment;
  if (remote.empty())
    return base::usage_error("which Spark is meant? Say --remote sc://HOST:PORT, or set SPARK_REMOTE to that: the address of "
                             "a Spark Connect server (its port is 15002 unless set otherwise)");
  SALESTREAM_ASSIGN(spark::Remote parsed, spark::parse_remote(remote));
  return spark::connect(std::move(parsed), pipeline);
}

base::Result<SparkSession> open_spark(const SparkArguments& arguments) {
  SparkSession session;
  SALESTREAM_ASSIGN(session.file, load_pipeline(arguments.pipeline));
  SALESTREAM_ASSIGN(session.server, connect_spark(arguments, session.file.definition.pipeline));
  return session;
}

std::string query_name(const std::string& pipeline, const std::string& table) {
  return "salestream:" + pipeline + ":" + table;
}

base::Result<std::vector<TableQuery>> find_queries(spark::Connect& server, const core::Definition& definition) {
  SALESTREAM_ASSIGN(const std::vector<spark::Query> active, server.active_queries());
  std::vector<TableQuery> found;
  for (const core::TotalsTable& table : definition.totals) {
    TableQuery& query = found.emplace_back();
    query.table = table.name;
    for (const spark::Query& each : active)
      if (each.name == query_name(definition.pipeline, table.name)) query.id = each.id;
    if (!query.id) continue;
    SALESTREAM_ASSIGN(query.status, server.status(*query.id));
    SALESTREAM_ASSIGN(const std::optional<std::string> json, server.last_progress(*query.id));
    if (json) {
      SALESTREAM_ASSIGN(query.progress, spark::parse_progress(*json));
    }
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
