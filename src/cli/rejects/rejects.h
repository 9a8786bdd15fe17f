// SPDX-License-Identifier: Apache-2.0
// `salestream rejects list`, `show` and `export`: they read the store only, a page at a time. Main thread.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"
#include "cli/app/output_format.h"
#include "cli/app/pipeline_arguments.h"
#include "cli/rejects/filter_options.h"

namespace salestream::cli {

inline constexpr std::size_t kDefaultListedRejects = 100;
inline constexpr std::size_t kMaxListedRejects = 100'000;

struct RejectsListArguments {
  PipelineArguments pipeline;
  RejectArguments which;
  Format format = Format::kTable;
  std::size_t limit = kDefaultListedRejects;
};
base::Result<int> list_rejects(const RejectsListArguments& arguments);

struct RejectsShowArguments {
  PipelineArguments pipeline;
  std::string place;
  bool raw = false;
};
base::Result<int> show_reject(const RejectsShowArguments& arguments);

struct RejectsExportArguments {
  PipelineArguments pipeline;
  RejectArguments which;
  std::string out = "-";
};
base::Result<int> export_rejects(const RejectsExportArguments& arguments);

}  // namespace salestream::cli
