// SPDX-License-Identifier: Apache-2.0
// The interface to the topic that rejected messages are sent to again. Owned and called by one thread; each call ends
// within a minute or two, and a broker that does not answer is a retriable error.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/order.h"
#include "kafka/transaction.h"
#include "source/options.h"
#include "store/resends.h"

namespace salestream::rejects {

class ResendTopic {
 public:
  virtual ~ResendTopic() = default;

  // Shuts out the sender that sends for the same pipeline: what they have begun is in the topic for good from now on,
  // or never will be.
  virtual base::Status take_over() = 0;

  // Where these partitions end now, uncommitted messages included.
  virtual base::Result<std::vector<store::PartitionEnd>> ends(std::span<const core::PartitionId> partitions) = 0;

  // Whether messages of this resend are in the topic, looked for from where it began; kUnknown: what stood there is
  // gone. After take_over().
  enum class Found : std::uint8_t { kSent, kNotSent, kUnknown };
  virtual base::Result<Found> find(const std::string& resend, std::span<const store::PartitionEnd> from) = 0;

  // All of these, each to the partition that it is from, or none.
  virtual kafka::TransactionOutcome send(std::span<const core::Reject> rejects, const std::string& resend) = 0;
};

// Talks to Kafka only in the calls above. `pipeline` is also what makes two resends shut each other out.
base::Result<std::unique_ptr<ResendTopic>> make_kafka_resend_topic(const source::KafkaOptions& options,
                                                                   const std::string& pipeline,
                                                                   const std::string& source);

}  // namespace salestream::rejects
