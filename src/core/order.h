// SPDX-License-Identifier: Apache-2.0
// An order taken apart, and the reasons why a message can't be. Values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/decimal.h"
#include "core/message.h"

namespace salestream::core {

// When an order was placed, as its message says it, whole seconds.
struct OrderTime {
  std::int64_t seconds = 0;  // since 1970-01-01 00:00: of UTC, or by the clock of the pipeline's time zone
  bool is_local = false;     // the message names no zone

  friend bool operator==(const OrderTime&, const OrderTime&) = default;
};

struct LineItem {
  std::string_view product;  // lives as long as the decoder's current batch
  Decimal quantity;
  Decimal revenue;  // quantity × price; zero where the pipeline has no price
};

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
};
inline constexpr int kRejectReasonCount = static_cast<int>(RejectReason::kKeysTooLarge) + 1;

// The reason as it is written everywhere: "invalid_json".
const char* name_of(RejectReason reason);
std::optional<RejectReason> reject_reason_of(std::string_view name);

// Cassandra's limit for a key is 64 KiB less one byte; one limit for every store keeps totals the same in all of them.
inline constexpr std::size_t kMaxKeyBytes = 32 * 1024;

// A line item has a key in each totals table, and an order one client's name for all of them: without a limit, a
// message could have keys of the square of its own size. A key counts as the names in it and this, for whatever else a
// cell takes: docs/orders.md.
inline constexpr std::int64_t kKeyBaseBytes = 32;
inline constexpr std::int64_t kMaxOrderKeyBytes = 4 << 20;

// A message that can't be counted, whole, with the reason. Owns its bytes.
struct Reject {
  PartitionId partition = 0;
  Offset offset = 0;
  std::int64_t timestamp_ms = -1;
  RejectReason reason = RejectReason::kInvalidJson;
  std::string detail;   // for people: which field, what stood there
  std::string key;      // Kafka's message key
  std::string message;  // the bytes as they came
  bool is_null = false;
  bool is_cut = false;      // the store has only the beginning of the message
  bool is_key_cut = false;  // and of the key
};

}  // namespace salestream::core
