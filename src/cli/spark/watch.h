// SPDX-License-Identifier: Apache-2.0
// `salestream spark status`, `watch` and `stop`: queries that were submitted before, by anyone and from anywhere. Main
// thread.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "cli/app/output_format.h"
#include "cli/spark/interrupts.h"
#include "cli/spark/queries.h"
#include "cli/spark/session.h"

namespace salestream::cli {

struct SparkStatusArguments {
  SparkArguments spark;
  Format format = Format::kTable;
};
base::Result<int> spark_status(const SparkStatusArguments& arguments);
base::Result<int> spark_watch(const SparkArguments& arguments);
base::Result<int> spark_stop(const SparkArguments& arguments);

// Shows the queries until Ctrl+C, which leaves them running, or until they end. `known`: those that run now.
base::Result<int> watch_queries(Interrupts& interrupts, const core::Definition& definition,
                                std::unique_ptr<spark::Connect> server, std::vector<TableQuery> known);

}  // namespace salestream::cli
