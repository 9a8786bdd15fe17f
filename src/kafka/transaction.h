// SPDX-License-Identifier: Apache-2.0
// Kafka's transactions: messages that are in a topic all or not at all, whatever happens to the sender. One owner, one
// thread. An unavailable broker is waited for; what became of a transaction is an outcome, not an error.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "kafka/outgoing.h"

namespace salestream::kafka {

// What has become of a transaction.
struct TransactionOutcome {
  enum class Kind : std::uint8_t {
    kCommitted,
    kNothingSent,  // and never will be
    kUnknown,      // the next take_over() with this id makes it one of the two
  };
  Kind kind = Kind::kUnknown;
  std::string why;  // when it was not committed
};

class TransactionalProducer {
 public:
  // How long an unavailable broker is waited for, in each of the calls below.
  static constexpr std::chrono::seconds kTimeout{60};

  // Does not talk to Kafka yet. Of all producers with the same id only the last one that took over can commit.
  static base::Result<std::unique_ptr<TransactionalProducer>> make(const std::map<std::string, std::string>& properties,
                                                                   const std::string& topic, const std::string& id);
  ~TransactionalProducer();
  TransactionalProducer(const TransactionalProducer&) = delete;
  TransactionalProducer& operator=(const TransactionalProducer&) = delete;

  // Ends what an earlier producer with this id left, one way or the other, and shuts it out.
  base::Status take_over();

  // One transaction of the messages that `next` gives until it gives none. After take_over().
  using Next = std::function<const OutgoingMessage*()>;
  TransactionOutcome send(const Next& next);

 private:
  class Implementation;
  explicit TransactionalProducer(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace salestream::kafka
