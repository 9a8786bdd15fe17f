// SPDX-License-Identifier: Apache-2.0
// A definition written as a pipeline file again, so that reading it back can be checked. For tests; pure.
#pragma once

#include <string>

#include "config/pipeline_file.h"

namespace salestream {

std::string render_pipeline_file(const config::PipelineFile& file);

}  // namespace salestream
