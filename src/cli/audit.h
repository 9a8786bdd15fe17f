// SPDX-License-Identifier: Apache-2.0
// `salestream audit`: the totals in the store, checked against the source that they were counted from, and repaired
// where that is asked for. Main thread.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/app/output_format.h"
#include "cli/app/pipeline_arguments.h"

namespace salestream::cli {

struct AuditArguments {
  PipelineArguments pipeline;
  Format format = Format::kTable;
  bool all = false;     // list all differences
  bool repair = false;  // write totals rows again that are not the sums of their cells
  std::string truth;    // a file of `produce --truth`; empty: none
};
base::Result<int> audit(const AuditArguments& arguments);

}  // namespace salestream::cli
