// SPDX-License-Identifier: Apache-2.0
// `salestream explain`: how a pipeline file is understood. Asks no Kafka, no store and no Spark, and shows no secret.
// Main thread.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "cli/app/pipeline_arguments.h"

namespace salestream::cli {

enum class ExplainPart : std::uint8_t { kNone, kFields, kSource, kCql, kSqlite, kSpark };

struct ExplainArguments {
  PipelineArguments pipeline;
  ExplainPart only = ExplainPart::kNone;
  bool all = false;  // parts, and not only those that people look at first
};
base::Result<int> explain(const ExplainArguments& arguments);

}  // namespace salestream::cli
