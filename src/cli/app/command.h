// SPDX-License-Identifier: Apache-2.0
// What the commands share: the choice of a command, the pipeline that it works on, and what the command line says in
// place of the pipeline file. CLI11 itself is seen by add_command.h (for arguments.cc, produce.cc and those that end in
// _arguments.cc) and command_model.cc only. Main thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "config/pipeline_file.h"
#include "engine/reject_topic.h"
#include "source/source.h"
#include "store/store.h"

namespace CLI {
class App;
}

namespace salestream::cli {

// Exit codes, the same for every command.
inline constexpr int kExitDone = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;  // the command line or the pipeline file is wrong
// Of `audit` alone.
inline constexpr int kExitDifferent = 3;  // the store is not what the log gives
inline constexpr int kExitPartly = 4;     // nothing was found wrong, but not everything could be looked at

// What a command does once all arguments are read: its exit code, or an error that run_cli prints.
using Action = std::function<base::Result<int>()>;

// The whole program: reads the arguments, does what they say, and says what went wrong. The exit code.
int run_cli(int argc, char** argv);

// Each adds one subcommand to `app`; when the command line names it, its callback sets `chosen`.
void add_produce_command(CLI::App& app, Action& chosen);
void add_rejects_command(CLI::App& app, Action& chosen);
void add_spark_command(CLI::App& app, Action& chosen);

// The pipeline file, and what stands on the command line in its place. Empty or 0: as the file says.
struct PipelineArguments {
  std::string file;
  std::string input;  // --input FILE|-
  std::string store;  // --store sqlite:FILE
  int workers = 0;    // --workers N
};

// Adds the argument PIPELINE, and the options that make sense for the command.
struct PipelineOptions {
  bool input = true;
  bool store = true;
  bool workers = false;
};
void add_pipeline_arguments(CLI::App& command, PipelineArguments& arguments, PipelineOptions options);

// The pipeline file with the command line's changes in it.
base::Result<config::PipelineFile> load_pipeline(const PipelineArguments& arguments);

// The one place that names concrete sources and stores.
base::Result<std::unique_ptr<source::Source>> make_source(const config::PipelineFile& pipeline);
base::Result<std::unique_ptr<store::Store>> make_store(const config::PipelineFile& pipeline, const source::Source& log);

struct OpenedPipeline;
// Where rejects go beside the store; empty when the pipeline file says nothing of it.
engine::MakeRejectTopic reject_topic_maker(const OpenedPipeline& opened);

// Everything that a command that looks at totals needs.
struct OpenedPipeline {
  config::PipelineFile file;
  std::unique_ptr<source::Source> log;
  std::unique_ptr<store::Store> store;
};
base::Result<OpenedPipeline> open_pipeline(config::PipelineFile file);
base::Result<OpenedPipeline> open_pipeline(const PipelineArguments& arguments);

}  // namespace salestream::cli
