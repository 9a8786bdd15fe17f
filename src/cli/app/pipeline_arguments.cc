// SPDX-License-Identifier: Apache-2.0
#include "cli/app/pipeline_arguments.h"

#include <CLI/CLI.hpp>

namespace salestream::cli {
namespace {

constexpr int kMaxWorkers = 256;

}  // namespace

void add_pipeline_arguments(CLI::App& command, PipelineArguments& arguments, PipelineOptions options) {
  command.add_option("PIPELINE", arguments.file, "The pipeline file (YAML)")
      ->required(options.is_needed)
      ->type_name("FILE");
  if (options.input)
    command
        .add_option("--input", arguments.input,
                    options.only_reads ? "The totals are of this file of JSON lines, - for standard input"
                                       : "Read orders from this file of JSON lines, - for standard input")
        ->type_name("FILE|-");
  if (options.store)
    command
        .add_option("--store", arguments.store,
                    options.only_reads ? "Look at the totals here instead of where the pipeline file says"
                                       : "Keep totals here instead of where the pipeline file says")
        ->type_name("sqlite:FILE|cassandra:HOST:PORT/KEYSPACE");
  if (options.workers)
    command.add_option("--workers", arguments.workers, "Read with so many threads")
        ->type_name("N")
        ->check(CLI::Range(1, kMaxWorkers).description(""));
  command.add_flag("--allow-code", arguments.allow_code, "Take a pipeline file that runs code, such as a plugin");
}

base::Result<config::PipelineFile> load_pipeline(const PipelineArguments& arguments) {
  SALESTREAM_ASSIGN(config::PipelineFile file,
                    config::load_pipeline_file(arguments.file, config::process_environment(),
                                               arguments.allow_code ? config::Code::kAllowed : config::Code::kRefused));
  if (!arguments.input.empty()) file.source = config::file_source(arguments.input, file.definition);
  if (!arguments.store.empty()) {
    SALESTREAM_ASSIGN(file.store, config::parse_store_option(arguments.store, file.store));
  }
  if (arguments.workers > 0) file.limits.workers = arguments.workers;
  return file;
}

}  // namespace salestream::cli
