// SPDX-License-Identifier: Apache-2.0
// Decimals as the stores write them for people: plain digits. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/decimal.h"

namespace salestream::store {

inline std::string revenue_text(core::Decimal revenue) { return core::to_string(revenue, 2); }
inline std::string units_text(core::Decimal units) { return core::to_string(units, 0); }

// The reverse, for everything that 128 bits hold; core::parse_number stops at what one order may add. Nothing when the
// text is not a plain decimal with at most nine fraction digits.
std::optional<core::Decimal> parse_total(std::string_view text);

}  // namespace salestream::store
