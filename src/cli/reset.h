// SPDX-License-Identifier: Apache-2.0
// `salestream reset`: a new generation, after asking. Main thread.
#pragma once

#include "base/result.h"
#include "cli/app/pipeline_arguments.h"

namespace salestream::cli {

struct ResetArguments {
  PipelineArguments pipeline;
  bool yes = false;
};
base::Result<int> reset(const ResetArguments& arguments);

}  // namespace salestream::cli
