// SPDX-License-Identifier: Apache-2.0
// `salestream rejects resend`: what a person asks for, and what is said about it. The protocol is in rejects/resend.h
// of the layer rejects. Main thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/app/pipeline_arguments.h"

namespace salestream::cli {

struct RejectsResendArguments {
  PipelineArguments pipeline;
  std::vector<std::string> places;
  bool all = false;
  std::string reason;
  std::string from;  // a file of `rejects export`, edited
  std::size_t limit = 0;
  bool dry_run = false;
  bool again = false;
};
base::Result<int> resend_rejects(const RejectsResendArguments& arguments);

}  // namespace salestream::cli
