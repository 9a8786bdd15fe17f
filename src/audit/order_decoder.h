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

  Fault read(const PlainMessage& message, PlainChange& change) {
    if (mapped_) return mapped_->read(message, change);
    change.has_after = true;
    return plain_->read(message, change.after);
  }
  void give_back_memory(PlainChange& change) {
    return plain_ ? plain_->give_back_memory(change.after) : mapped_->give_back_memory(change);
  }

 private:
  std::optional<PlainDecoder> plain_;
  std::optional<MappedDecoder> mapped_;
};

}  // namespace salestream::audit
