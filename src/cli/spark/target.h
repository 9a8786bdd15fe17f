// SPDX-License-Identifier: Apache-2.0
// Where `salestream spark submit` has Spark put the rows of the totals tables: Cassandra, or a Kafka topic. Main
// thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/app/open_pipeline.h"
#include "spark/statement.h"

namespace salestream::cli {

using SparkOptions = std::map<std::string, std::string>;

struct SparkTarget {
  std::string text;  // for people
  // Another one for each new count: a checkpoint of another count would leave out what that one has read.
  std::string checkpoint_name;
  std::string sink;                   // its class
  std::vector<SparkOptions> options;  // of each table
  std::vector<std::string> selects;   // of each table, as the sink wants it
  std::string after_failure;          // for people: what there is now, should Spark not begin
};

// Makes tables and keyspace where they are missing, and has Spark fill them from now on.
base::Result<SparkTarget> into_cassandra(const OpenedPipeline& opened, const spark::Statement& statement,
                                         bool takes_over);

// Makes the topic where it is missing.
base::Result<SparkTarget> into_topic(const OpenedPipeline& opened, const spark::Statement& statement,
                                     const SparkOptions& source_options, const std::string& topic);

}  // namespace salestream::cli
