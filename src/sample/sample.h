// SPDX-License-Identifier: Apache-2.0
// A pipeline file from a sample of orders, and what it makes of that sample. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/message.h"
#include "sample/pipeline_text.h"

namespace salestream::sample {

// Messages that the pipeline file would not count, for the same reason.
struct NotCounted {
  std::string reason;  // its name
  std::size_t messages = 0;
  std::string example;  // the detail of the first of them
};

struct SampledPipeline {
  std::string text;
  // Of the messages that were looked at.
  std::size_t messages = 0, counted = 0, left_out = 0, wrong_totals = 0;
  std::vector<NotCounted> rejects;  // the commonest first
};

// `batch`: messages of one partition, at least one. An error says what they are where no pipeline file can be made.
base::Result<SampledPipeline> pipeline_of(const core::MessageBatch& batch, const SampleSource& source);

}  // namespace salestream::sample
