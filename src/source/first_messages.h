// SPDX-License-Identifier: Apache-2.0
// The first messages of a file, a stream or a topic, to look at before there is a pipeline file. Nothing is written
// anywhere, not even an offset. One thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/result.h"
#include "core/message.h"
#include "source/options.h"

namespace salestream::source {

struct SampleLimits {
  std::size_t messages = 1000;
  std::size_t bytes = 16 << 20;
  std::chrono::milliseconds time{15'000};  // of a topic
};

// Lines, blank ones too. An error where there are none, or where they are no JSON lines. A stream is read to its end or
// to the limit, however long that takes.
base::Result<core::MessageBatch> first_lines(const std::string& path, const SampleLimits& limits);

// From the beginning of each partition; tombstones are left out. What has come when the time is up is what there is; an
// error where that is nothing.
base::Result<core::MessageBatch> first_kafka_messages(const KafkaOptions& options, const SampleLimits& limits);

}  // namespace salestream::source
