// SPDX-License-Identifier: Apache-2.0
// The dead-letter topic in Kafka: it gets each rejected message, the bytes and the
// key as they came, reason and origin in headers.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "engine/reject_topic.h"
#include "source/options.h"

namespace salestream::rejects {

// `source`: what the headers say that the rejected messages come from. Does not talk to Kafka yet.
base::Result<std::unique_ptr<engine::RejectTopic>> make_kafka_reject_topic(const source::KafkaOptions& options,
                                                                           const std::string& pipeline,
                                                                           const std::string& source);

}  // namespace salestream::rejects
