// SPDX-License-Identifier: Apache-2.0
// Creates a topic unless it exists, and waits until the brokers show it. Waits for the broker as TopicAdmin does, and
// then at most ten seconds; any thread. A broker that does not answer is a retriable error.
#pragma once

#include <map>
#include <string>

#include "base/result.h"

namespace salestream::kafka {

struct WantedTopic {
  std::string name;
  int partitions = 1;
  int replication_factor = 1;
};

struct EnsuredTopic {
  bool was_created = false;
  int partitions = 0;  // as it has them, also where it existed with another number
};

base::Result<EnsuredTopic> ensure_topic(const std::map<std::string, std::string>& properties,
                                        const WantedTopic& wanted);

}  // namespace salestream::kafka
