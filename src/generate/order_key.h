// SPDX-License-Identifier: Apache-2.0
// The key of an order that was made elsewhere: its id, where it has one. One instance a thread; it reuses its memory.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "core/definition.h"

namespace salestream::generate {

class OrderKeyReader {
 public:
  explicit OrderKeyReader(std::optional<core::FieldPath> id);
  ~OrderKeyReader();
  OrderKeyReader(const OrderKeyReader&) = delete;
  OrderKeyReader& operator=(const OrderKeyReader&) = delete;

  // The id, a string's content or a number's digits; nothing when the text is no JSON or has no such field. Good until
  // the next call, and as long as `text`.
  std::optional<std::string_view> read(std::string_view text);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace salestream::generate
