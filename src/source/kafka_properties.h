// SPDX-License-Identifier: Apache-2.0
// The properties of a consumer: what the pipeline file says, salestream's defaults where it says nothing, and what the
// program decides itself. Included by .cc files of this layer only. Any thread. A property that librdkafka does not
// accept is a usage error.
#pragma once

#include <cstddef>

#include "base/result.h"
#include "kafka/client.h"

namespace salestream::source {

// Fetched ahead by default, of all partitions of a worker.
inline constexpr std::size_t kQueuedMessages = 30'000, kQueuedBytes = 16 << 20;

kafka::Properties with_consumer_defaults(kafka::Properties properties);

base::Result<kafka::Configuration> make_consumer_configuration(const kafka::Properties& properties);

}  // namespace salestream::source
