// SPDX-License-Identifier: Apache-2.0
// An order taken apart, and a message that can't be. Values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/decimal.h"
#include "core/message.h"
#include "core/reject_reason.h"

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
