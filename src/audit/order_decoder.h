// SPDX-License-Identifier: Apache-2.0
// A message into an order, in the way that its definition asks for. One instance a thread.
#pragma once

#include <optional>

#include "audit/mapped_decoder.h"
#include "audit/plain_decoder.h"
#include "audit/plain_order.h"
#include "core/definition.h"

namespace salestream::audit {

class OrderDecoder {
 public:
  explicit OrderDecoder(const core::Definition& definition) {
    if (definition.is_plain())
      plain_.emplace(definition);
    else
      mapped_.emplace(definition);
  }

  Fault read(const PlainMessage& message, PlainOrder& order) {
    return plain_ ? plain_->read(message, order) : mapped_->read(message, order);
  }
  void give_back_memory(PlainOrder& order) {
    return plain_ ? plain_->give_back_memory(order) : mapped_->give_back_memory(order);
  }

 private:
  std::optional<PlainDecoder> plain_;
  std::optional<MappedDecoder> mapped_;
};

}  // namespace salestream::audit
