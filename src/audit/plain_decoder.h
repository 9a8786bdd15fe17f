// SPDX-License-Identifier: Apache-2.0
// A message into an order or the reason why it is none: written from docs/orders.md, for the audit, without a line of
// what `run` decodes with. Of definitions that are plain; of all others mapped_decoder.h. JSON is read whole first, and
// only then are fields looked for, so that "not JSON" is found before anything else; then the first fault in the order
// of the document decides. One instance a thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "audit/amount.h"
#include "audit/json.h"
#include "audit/key_layout.h"
#include "audit/plain_order.h"
#include "core/definition.h"

namespace salestream::audit {

class PlainDecoder {
 public:
  explicit PlainDecoder(const core::Definition& definition);
  PlainDecoder(const PlainDecoder&) = delete;
  PlainDecoder& operator=(const PlainDecoder&) = delete;

  // Nothing: `order` is an order, with views into the message and into this decoder, until the next call.
  std::optional<core::RejectReason> read(const PlainMessage& message, PlainOrder& order);
  // That of a long message, also what `order` has; no view into it is good any more.
  void give_back_memory(PlainOrder& order);

 private:
  enum class Role : std::uint8_t { kItems, kId, kClient, kTime, kTotal, kQuantityMap, kProduct, kQuantity, kPrice };
  struct Field {
    core::FieldPath path;
    Role role;
    bool is_required;
  };
  // Of one order, or of one line item.
  struct Scope {
    std::vector<Field> fields;
    std::uint32_t found = 0;  // a bit each
    bool lacks_one() const;
  };

  Fault read_object(Scope& scope, std::size_t object, std::size_t depth, std::uint32_t candidates);
  Fault read_field(const Field& field, std::size_t at);
  Fault read_items(std::size_t array);
  Fault read_item(std::size_t at);
  Fault read_number_at(std::size_t at, Billionths& out) const;
  Fault count(PlainItem& item, Billionths price) const;
  Fault check_keys() const;
  Fault finish_order();

  static constexpr std::size_t kUsualItems = 4 * 1024;  // whose memory is kept for the next message

  const core::Definition& definition_;
  const KeyLayout layout_;
  const bool has_price_;
  const bool product_is_element_;
  Scope order_fields_, item_fields_;
  JsonReader json_;

  // Of the message that is being read.
  PlainOrder* order_ = nullptr;
  PlainItem item_;
  Billionths price_ = 0;
  std::vector<Billionths> prices_;  // of the items so far, for when the quantities are known
  Quantities quantities_;
  OwnTotal total_;
};

}  // namespace salestream::audit
