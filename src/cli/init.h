// SPDX-License-Identifier: Apache-2.0
// `salestream init`: makes the topic and the tables that are not there yet, or a pipeline file from a sample. Main
// thread.
#pragma once

#include "base/result.h"
#include "cli/app/pipeline_arguments.h"
#include "cli/init_sample.h"

namespace salestream::cli {

struct InitArguments {
  PipelineArguments pipeline;
  bool print = false;      // instead of doing it
  SampleArguments sample;  // with `from`, the rest is empty
};
base::Result<int> init(const InitArguments& arguments);

}  // namespace salestream::cli
