// SPDX-License-Identifier: Apache-2.0
// Where `produce` puts its messages: a topic, or JSON lines. Main thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "source/options.h"

namespace salestream::cli {

enum class PutState : std::uint8_t {
  kDone,
  kNotYet,    // there was no room within `wait`
  kNoReader,  // nobody reads standard output any more
};

class MessageSink {
 public:
  virtual ~MessageSink() = default;

  virtual base::Result<PutState> put(std::optional<std::string_view> key, std::string_view message,
                                     std::chrono::milliseconds wait) = 0;

  // To be called now and then while there is nothing to put.
  virtual base::Status idle() = 0;

  // Whether all has arrived within `wait`. An error: it never will.
  virtual base::Result<bool> finish(std::chrono::milliseconds wait) = 0;

  virtual std::int64_t waiting() const = 0;  // put, and not arrived
  virtual std::string where() const = 0;     // "topic ecommerce_sales at localhost:9092"
};

// The topic is there and Kafka answers; an error that is retriable when Kafka does not.
base::Result<std::unique_ptr<MessageSink>> make_topic_sink(const source::KafkaOptions& options,
                                                           const std::string& pipeline_file);
// `path` is overwritten; "-" is standard output.
base::Result<std::unique_ptr<MessageSink>> make_line_sink(const std::string& path);

}  // namespace salestream::cli
