// SPDX-License-Identifier: Apache-2.0
// `salestream init --from-sample`: a pipeline file made from a look at some orders. Main thread.
#pragma once

#include <string>

#include "base/result.h"

namespace salestream::cli {

struct SampleArguments {
  std::string from;               // a file of JSON lines, - for standard input, or a Kafka topic
  std::string bootstrap_servers;  // empty: $KAFKA_BROKERS, or this machine
  std::string output;             // empty: standard output
};
base::Result<int> init_from_sample(const SampleArguments& arguments);

}  // namespace salestream::cli
