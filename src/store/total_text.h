// SPDX-License-Identifier: Apache-2.0
// Decimals as the stores write them for people: plain digits. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/decimal.h"

namespace salestream::store {

// Each has at least so many, and no zeros beyond that.
inline constexpr int kRevenueFractionDigits = 2;
inline constexpr int kUnitsFractionDigits = 0;

inline std::string revenue_text(core::Decimal revenue) { return core::to_string(revenue, kRevenueFractionDigits); }
inline std::string units_text(core::Decimal units) { return core::to_string(units, kUnitsFractionDigits); }

// The reverse, for everything that 128 bits hold; core::parse_number stops at what one order may add. Nothing when the
// text is not a plain decimal with at most nine fraction digits.
std::optional<core::Decimal> parse_total(std::string_view text);

}  // namespace salestream::store
