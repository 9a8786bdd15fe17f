// SPDX-License-Identifier: Apache-2.0
// The interface to the dead-letter topic, which gets each rejected message, beside
// the store. A flush gives it its rejected messages before anything of it is written: so the topic has every rejected
// message that was counted. After a crash some may come a second time, as a flush that did not come to its end is done
// again. Each belongs to one thread that flushes.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "core/order.h"

namespace salestream::engine {

class RejectTopic {
 public:
  virtual ~RejectTopic() = default;

  // For messages: "topic bad_orders at localhost:9092".
  virtual std::string where() const = 0;

  // Takes copies of these, to be sent. An error: one of them never can be.
  virtual base::Status put(std::span<const core::Reject> rejects) = 0;

  // Whether the topic durably has all that was put, at most after `wait`. A broker that is unavailable is waited for,
  // and is no error.
  virtual base::Result<bool> has_all(std::chrono::milliseconds wait) = 0;
};

using MakeRejectTopic = std::function<base::Result<std::unique_ptr<RejectTopic>>()>;

}  // namespace salestream::engine
