// SPDX-License-Identifier: Apache-2.0
// A proposal as the text of a pipeline file, with comments for the person who corrects it. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "sample/proposal.h"

namespace salestream::sample {

// Where the sample came from, as the pipeline file has it.
struct SampleSource {
  std::string name;   // of the pipeline, made good by pipeline_name()
  std::string shown;  // in the first comment: the file's path, the topic
  std::string yaml;   // what stands under `source:`, with its indentation and line ends
};

// Letters, digits, `_` and `-` of a file's or topic's name, without its ending; "orders" when none are left.
std::string pipeline_name(std::string_view of);
SampleSource file_source(const std::string& path);
// `servers`: as YAML has it.
SampleSource topic_source(const std::string& topic, const std::string& servers);

std::string pipeline_text(const Proposal& proposal, const SampleSource& source, std::size_t messages);

}  // namespace salestream::sample
