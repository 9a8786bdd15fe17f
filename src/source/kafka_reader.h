// SPDX-License-Identifier: Apache-2.0
// One worker's reader of a Kafka topic: a member of the consumer group, which deals out the partitions. Owned and
// called by one thread; librdkafka fetches on threads of its own. Brokers that are unavailable are waited for and
// logged; an error means that the topic is not what the store has counted, or can't be read.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "kafka/admin.h"
#include "source/offset_verdict.h"
#include "source/source.h"

namespace salestream::source {

// What a reader waits for, and hands out, at most.
struct KafkaReaderLimits {
  // To leave the group, and then once more for librdkafka to end.
  std::chrono::milliseconds close_wait{10'000};
  // For a partition that is said to end before what was counted.
  std::chrono::milliseconds shorter_timeout = kShorterTimeout;
  // Messages' bytes that are handed out at once; one message may have more.
  std::size_t batch_bytes = 1 << 20;
  // For the group to deal out partitions, until what is waited for is said; nothing: it is not. Kafka itself waits for
  // three seconds where a group is new.
  std::optional<std::chrono::milliseconds> usual_join{5'000};
};

// Joins the group. `properties` have a group.id; `headers`: those that are read with each message; `admin` is of the
// same topic; both references outlive the reader.
base::Result<std::unique_ptr<Reader>> open_kafka_reader(const std::string& topic,
                                                        const std::map<std::string, std::string>& properties,
                                                        kafka::TopicAdmin& admin, AssignmentListener& listener,
                                                        KafkaReaderLimits limits = {},
                                                        std::vector<std::string> headers = {});

}  // namespace salestream::source
