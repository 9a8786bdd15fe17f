// SPDX-License-Identifier: Apache-2.0
// `salestream init`: makes the topic and the tables that are not there yet. Main thread.
#pragma once

#include "base/result.h"
#include "cli/app/pipeline_arguments.h"

namespace salestream::cli {

struct InitArguments {
  PipelineArguments pipeline;
  bool print = false;  // instead of doing it
};
base::Result<int> init(const InitArguments& arguments);

}  // namespace salestream::cli
