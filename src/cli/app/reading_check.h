// SPDX-License-Identifier: Apache-2.0
// Which program counts a pipeline, a run or Spark, for commands that depend on it. Main thread.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/app/open_pipeline.h"

namespace salestream::cli {

// An error that names the runs that read the source for this pipeline, unless the store itself would notice a run.
// `change`: what they must not meet, "a reset".
base::Status check_nobody_reads(const OpenedPipeline& opened, const std::string& change);

// For commands that look at what only `salestream run` keeps beside the totals; after the store was opened. An error
// where Spark fills them, with `why_not` for the person who asked: "so there is no …".
base::Status check_counted_here(const store::Store& store, const std::string& pipeline, const std::string& why_not);

}  // namespace salestream::cli
