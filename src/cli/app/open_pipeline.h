// SPDX-License-Identifier: Apache-2.0
// From a pipeline file to its source and its store. Its .cc is the one file that names concrete sources and stores.
// Main thread.
#pragma once

#include <memory>

#include "base/result.h"
#include "cli/app/pipeline_arguments.h"
#include "config/pipeline_file.h"
#include "engine/reject_topic.h"
#include "source/source.h"
#include "store/store.h"

namespace salestream::cli {

base::Result<std::unique_ptr<source::Source>> make_source(const config::PipelineFile& pipeline);
// Everything that a command that looks at totals needs.
struct OpenedPipeline {
  config::PipelineFile file;
  std::unique_ptr<source::Source> source;
  std::unique_ptr<store::Store> store;
};
base::Result<OpenedPipeline> open_pipeline(config::PipelineFile file);
base::Result<OpenedPipeline> open_pipeline(const PipelineArguments& arguments);

// What a command needs that only shows what is stored: no source, and not the definition that was counted.
struct ShownPipeline {
  config::PipelineFile file;
  std::unique_ptr<store::Store> store;
  store::Identity counted;     // what the store was filled with: it is shown by this
  bool is_same_source = true;  // as the pipeline file's
  std::string difference;      // from the pipeline file, in one line for people; empty: none
};
base::Result<ShownPipeline> open_to_show(config::PipelineFile file);

// Says on stderr what differs, or that the file is gone that was counted: one line at most.
void warn_of_difference(const ShownPipeline& shown);

// Makes the dead-letter topic's writer, where rejected messages go beside the store; empty when the pipeline file names
// no such topic.
engine::MakeRejectTopic reject_topic_maker(const OpenedPipeline& opened);

}  // namespace salestream::cli
