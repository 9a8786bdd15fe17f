// SPDX-License-Identifier: Apache-2.0
// A pipeline file's Kafka source as the options of Spark's. The pipeline file has librdkafka's properties, Spark's
// client is Java's. Pure functions; any thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "source/options.h"

namespace salestream::spark {

struct KafkaSource {
  std::map<std::string, std::string> options;  // of the `kafka` source; they hold the pipeline file's secrets
  std::vector<std::string> left_out;           // properties that tune a client that is not there
};

// An error names a property that decides what may be read, and has no equal in Java's client.
base::Result<KafkaSource> kafka_source(const source::KafkaOptions& kafka);

}  // namespace salestream::spark
