// SPDX-License-Identifier: Apache-2.0
// `salestream spark submit`: the pipeline file as streaming queries on a Spark cluster, one a totals table. Main
// thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "cli/spark/session.h"

namespace salestream::cli {

struct SparkSubmitArguments {
  SparkArguments spark;
  std::string checkpoint;  // empty: the folder that the server is set up with
  double trigger_interval_seconds = 0;
  // No process holds a batch in memory, but its state is held, and how far the catching up is shows only between
  // batches.
  std::int64_t max_batch_messages = 1'000'000;
  std::map<std::string, std::string> settings;  // of the session, or of the Cassandra connector
  std::string to_topic;                         // instead of Cassandra
  bool take_over = false;
  bool detach = false;
};
base::Result<int> spark_submit(const SparkSubmitArguments& arguments);

}  // namespace salestream::cli
