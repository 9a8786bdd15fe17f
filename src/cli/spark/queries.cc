// SPDX-License-Identifier: Apache-2.0
#include "cli/spark/queries.h"

#include <fmt/format.h>

#include <algorithm>

namespace salestream::cli {
namespace {

base::Status look_at(spark::Connect& server, TableQuery& query) {
  SALESTREAM_ASSIGN(query.status, server.status(*query.id));
  SALESTREAM_ASSIGN(const std::optional<std::string> json, server.last_progress(*query.id));
  if (json) {
    SALESTREAM_ASSIGN(query.progress, spark::parse_progress(*json));
  }
  return {};
}

}  // namespace

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
