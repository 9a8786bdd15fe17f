// SPDX-License-Identifier: Apache-2.0
// The pipeline file that a command works on, and what stands on the command line in its place. Main thread.
#pragma once

#include <string>

#include "base/result.h"
#include "config/pipeline_file.h"

namespace CLI {
class App;
}

namespace salestream::cli {

// Empty or 0: as the file says.
struct PipelineArguments {
  std::string file;
  std::string input;        // --input FILE|-
  std::string store;        // --store sqlite:FILE
  int workers = 0;          // --workers N
  bool allow_code = false;  // --allow-code
};

// Adds the argument PIPELINE, and the options that make sense for the command.
struct PipelineOptions {
  bool input = true;
  bool store = true;
  bool workers = false;
  bool only_reads = false;  // it shows what is stored, and keeps nothing anywhere
  bool is_needed = true;    // false: the command itself asks for it where it is
};
void add_pipeline_arguments(CLI::App& command, PipelineArguments& arguments, PipelineOptions options);

// The pipeline file with the command line's changes in it.
base::Result<config::PipelineFile> load_pipeline(const PipelineArguments& arguments);

}  // namespace salestream::cli
