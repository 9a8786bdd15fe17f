// SPDX-License-Identifier: Apache-2.0
// A Kafka topic as a source, read as a member of a consumer group. Offsets that count live in the store; what is
// committed to Kafka is for people who watch the group's lag. Thread-safe, as Source says; asking a broker that is
// unavailable is a retriable error after ten seconds.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "source/options.h"
#include "source/source.h"

namespace salestream::source {

// What the source's identity is. Asks no broker.
std::string kafka_identity(const KafkaOptions& options);

// The properties must have a group.id.
base::Result<std::unique_ptr<Source>> make_kafka_source(const KafkaOptions& options);

}  // namespace salestream::source
