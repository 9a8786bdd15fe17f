// SPDX-License-Identifier: Apache-2.0
// From a pipeline to its queries on a Spark server. Main thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/definition.h"
#include "spark/connect.h"
#include "spark/query_progress.h"

namespace salestream::cli {

// One query fills one totals table, and has its name from both.
std::string query_name(const std::string& pipeline, const std::string& table);

// What is known of a table's query.
struct TableQuery {
  std::string table;
  std::optional<spark::QueryId> id;  // nothing: none is active
  spark::QueryStatus status;
  std::optional<spark::QueryProgress> progress;  // nothing before the first batch
};
// In the order of the definition's tables; then those of tables that have left the pipeline file since they were
// submitted.
base::Result<std::vector<TableQuery>> find_queries(spark::Connect& server, const core::Definition& definition);

// Where Spark's own monitoring page is, for people; empty when the server has none.
std::string monitoring_page(spark::Connect& server);

}  // namespace salestream::cli
