// SPDX-License-Identifier: Apache-2.0
// `salestream totals`: what is in the store, while `run` may be writing to it. Main thread.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"
#include "cli/app/output_format.h"
#include "cli/app/pipeline_arguments.h"

namespace salestream::cli {

struct TotalsArguments {
  PipelineArguments pipeline;
  Format format = Format::kTable;
  std::size_t top = 0;  // 0: all
  std::string table;    // empty: all of them
};
base::Result<int> totals(const TotalsArguments& arguments);

}  // namespace salestream::cli
