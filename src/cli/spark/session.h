// SPDX-License-Identifier: Apache-2.0
// The way from a command line to a Spark Connect server. Main thread.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "cli/app/pipeline_arguments.h"
#include "config/pipeline_file.h"
#include "spark/connect.h"

namespace salestream::cli {

// What all of them take. An empty remote: the environment's SPARK_REMOTE, as Spark's own clients do.
struct SparkArguments {
  PipelineArguments pipeline;
  std::string remote;
};

// A pipeline and its session on a Spark Connect server.
struct SparkSession {
  config::PipelineFile file;
  std::unique_ptr<spark::Connect> server;
};
base::Result<SparkSession> open_spark(const SparkArguments& arguments);
base::Result<std::unique_ptr<spark::Connect>> connect_spark(const SparkArguments& arguments,
                                                            const config::PipelineFile& file);

}  // namespace salestream::cli
