// SPDX-License-Identifier: Apache-2.0
// The reasons for which a message is rejected: docs/orders.md has an example of each. Values.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace salestream::core {

// Why a message was rejected. The names are part of the program's face: they stand in the store and in metrics.
enum class RejectReason : std::uint8_t {
  kNullMessage,      // a Kafka tombstone: no payload at all
  kEmptyMessage,     // no bytes, or white space only
  kMessageTooLarge,  // beyond limits.max_message_bytes
  kInvalidUtf8,
  kInvalidJson,     // also NaN, trailing garbage, a second document
  kTooDeep,         // nested beyond the decoder's limit
  kDuplicateField,  // a field that decides the totals stands there twice
  kMissingField,
  kWrongType,
  kNotANumber,        // a string where a number belongs, and its text is not one
  kNumberTooLarge,    // beyond ±10^18, alone or multiplied or summed over the order
  kEmptyKey,          // an empty product or client name
  kKeyTooLong,        // a product or client name beyond kMaxKeyBytes
  kNegativeQuantity,  // and the pipeline file does not allow returns
  kNegativePrice,
  kQuantityMissing,  // a product that the quantity map does not have
  kWrongTotal,       // and the pipeline file says that this rejects an order
  kInvalidTime,      // a text or number that is no time; only where a totals table is by windows of time
  kKeysTooLarge,     // the keys of its line items, over all totals tables, are beyond kMaxOrderKeyBytes
  kLoneSurrogate,    // half of a surrogate pair in a name of a product or client, or in an id
  kInvalidChange,    // of an order that changes: no change, or one that does not say what the order was
};
inline constexpr int kRejectReasonCount = static_cast<int>(RejectReason::kInvalidChange) + 1;

// The reason as it is written everywhere: "invalid_json".
const char* name_of(RejectReason reason);
std::optional<RejectReason> reject_reason_of(std::string_view name);

}  // namespace salestream::core
