// SPDX-License-Identifier: Apache-2.0
// JSON bytes to line items, as a Definition says where they stand. Every message is checked to its last byte against
// RFC 8259 and counted whole or not at all. One instance a thread; it reuses its memory.
#pragma once

#include <memory>

#include "core/definition.h"
#include "core/message.h"
#include "decode/decoded_batch.h"

namespace salestream::decode {

class Decoder {
 public:
  explicit Decoder(const core::Definition& definition);
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  // Decodes the whole batch. Returns a reference that is good until the next call.
  const DecodedBatch& decode(const core::MessageBatch& batch);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace salestream::decode
