// SPDX-License-Identifier: Apache-2.0
// Exact numbers for the audit, in billionths: written from docs/orders.md ("Numbers") and nothing else, so that it does
// not share a mistake with core::Decimal. Schoolbook arithmetic; what does not fit is an error, never a wrap. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/decimal.h"

namespace salestream::audit {

using Billionths = __int128;

inline constexpr Billionths kOne = 1'000'000'000;
// 10^18, what no number of an order may be beyond, and no product of two.
inline constexpr Billionths kMostOfAnOrder = kOne * 1'000'000'000'000'000'000;

enum class AmountFault : std::uint8_t { kNone, kNotANumber, kTooLarge };

struct Amount {
  AmountFault fault = AmountFault::kNone;
  Billionths value = 0;
};

// Whether `text` is a number by RFC 8259, section 6, and nothing else.
bool is_json_number(std::string_view text);

// Reads such a number from its digits; a half is rounded to the even billionth.
Amount read_amount(std::string_view text);

// a × b, a half rounded to the even billionth; nothing when that is beyond kMostOfAnOrder.
std::optional<Billionths> times(Billionths a, Billionths b);

// False: it does not fit into 128 bits, and `sum` is as it was.
bool add_to(Billionths& sum, Billionths more);

// The store hands out core::Decimal; this is all that the audit takes from one.
inline Billionths billionths_of(core::Decimal d) { return d.scaled(); }

}  // namespace salestream::audit
