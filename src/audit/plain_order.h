// SPDX-License-Identifier: Apache-2.0
// An order as the audit sees it, and what is asked of each, however its values were found in the message: names, sums,
// its own total (docs/orders.md). Shared by the audit's two decoders. Values and pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "audit/amount.h"
#include "audit/json.h"
#include "audit/order_clock.h"
#include "core/definition.h"
#include "core/order.h"

namespace salestream::audit {

struct PlainItem {
  std::string_view product;
  Billionths quantity = 0;
  Billionths revenue = 0;  // zero where the pipeline has neither price nor amount
};

// What a key has of a field: its text, or of a time the moment whose window it has.
struct PlainKeyValue {
  std::string_view text;
  Moment moment;
};

struct PlainOrder {
  std::vector<PlainItem> items;
  std::string_view id;      // empty unless orders are deduplicated
  std::string_view client;  // empty unless a totals table is by it
  Moment moment;            // only where a totals table is by windows of time
  bool has_wrong_total = false;
  // Of the fields that KeyLayout names: those of the order, and those of each of its line items in turn.
  std::vector<PlainKeyValue> order_values, item_values;

  void clear();
};

// What a message says: that there is an order, or how one was and how it is. Neither is there: it is left out.
struct PlainChange {
  PlainOrder before, after;
  bool has_before = false, has_after = false;

  bool is_left_out() const { return !has_before && !has_after; }
};

// As it came; `is_cut`: the source kept only the beginning of a line without end.
struct PlainMessage {
  std::string_view bytes;
  bool is_null = false;
  bool is_cut = false;
  std::string_view key = {};                                      // empty: it has none
  std::int64_t timestamp_ms = -1;                                 // less than 0: it has none
  std::span<const std::optional<std::string_view>> headers = {};  // of core::Definition::headers; empty: it has none
};

using Fault = std::optional<core::RejectReason>;

// An order with more has more keys than it may, and what else there is of them is not needed.
inline constexpr std::size_t kMostItems = core::kMaxOrderKeyBytes / core::kKeyBaseBytes + 1;

// Into `json`, whole; what comes first of all that a message has to be: one JSON object.
Fault read_json(const PlainMessage& message, std::uint64_t max_message_bytes, JsonReader& json);

Fault check_name(std::string_view name);
// Half of a surrogate pair, as the JSON reader leaves it: bytes that occur in no UTF-8.
bool has_half_a_pair(std::string_view text);
// A number, or a string that is one.
Fault read_number(JsonKind kind, std::string_view text, Billionths& out);

// The quantity map, an object of products and numbers.
using Quantities = std::unordered_map<std::string_view, Billionths>;
Fault read_quantities(const JsonReader& json, std::size_t at, Quantities& out);

// What the order says of itself. What can't be compared is a wrong total; what says nothing is none.
struct OwnTotal {
  enum class Kind : std::uint8_t { kNone, kThere, kIncomparable } kind = Kind::kNone;
  Billionths value = 0;
};
OwnTotal own_total_of(JsonKind kind, std::string_view text);

// Revenue is quantity × price; without a price there is none.
Fault count_item(PlainItem& item, std::optional<Billionths> price, bool allow_returns);
// The last step: the line items added up, and what the order says they are.
Fault check_sums(const core::Definition& definition, const OwnTotal& total, PlainOrder& order);

}  // namespace salestream::audit
