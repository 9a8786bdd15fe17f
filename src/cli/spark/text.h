// SPDX-License-Identifier: Apache-2.0
// What `salestream spark` shows of a pipeline's queries. Pure functions; any thread.
#pragma once

#include <string>
#include <vector>

#include "cli/spark/queries.h"
#include "cli/terminal/screen_block.h"

namespace salestream::cli {

struct SparkView {
  std::string pipeline;
  std::string remote;
  std::string spark_version;
  std::string page;  // Spark's own monitoring page; empty: none
  std::vector<TableQuery> queries;
};

std::string to_spark_text(const SparkView& view);
std::string to_spark_json(const SparkView& view);

// "product_sales: batch 12: 50,000 messages in 1.2 s, 41,000/s; 12,345 messages behind; 20 rows of state"
std::string batch_line(const TableQuery& query);

// For a terminal: the queries and, while they catch up, a bar. `first`: the sum of their next offsets when watching
// began.
std::vector<std::string> spark_live_lines(const SparkView& view, std::int64_t first, double elapsed_seconds,
                                          const std::string& trouble, TerminalSize size, bool color);

}  // namespace salestream::cli
