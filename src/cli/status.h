// SPDX-License-Identifier: Apache-2.0
// `salestream status`: how far the store is, and where the source ends. Works while `run` is running, and, for the
// store's part, while the broker is unavailable. Main thread.
#pragma once

#include "base/result.h"
#include "cli/app/output_format.h"
#include "cli/app/pipeline_arguments.h"

namespace salestream::cli {

struct StatusArguments {
  PipelineArguments pipeline;
  Format format = Format::kTable;
};
base::Result<int> status(const StatusArguments& arguments);

}  // namespace salestream::cli
