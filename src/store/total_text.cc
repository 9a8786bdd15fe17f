// SPDX-License-Identifier: Apache-2.0
#include "store/total_text.h"

namespace salestream::store {
namespace {

using Int128 = core::Decimal::Int128;
using Uint128 = unsigned __int128;

constexpr Uint128 kMaxMagnitude = ~Uint128{0} >> 1;

// Appends one digit; false when the value no longer fits. The smallest Int128 has one more than the greatest.
bool append_digit(Uint128& magnitude, unsigned digit, bool negative) {
  const Uint128 greatest = kMaxMagnitude + (negative ? 1 : 0);
  if (magnitude > (greatest - digit) / 10) return false;
  magnitude = magnitude * 10 + digit;
  return true;
}

}  // namespace

std::optional<core::Decimal> parse_total(std::string_view text) {
  std::size_t i = 0;
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) i = 1;
  Uint128 magnitude = 0;
  std::size_t integer_digits = 0;
  int fraction_digits = -1;  // -1: no point yet
  for (; i < text.size(); ++i) {
    if (text[i] == '.') {
      if (fraction_digits >= 0 || integer_digits == 0) return std::nullopt;
      fraction_digits = 0;
      continue;
    }
    const auto digit = static_cast<unsigned char>(text[i] - '0');
    if (digit > 9) return std::nullopt;
    if (fraction_digits < 0)
      ++integer_digits;
    else if (++fraction_digits > core::Decimal::kFractionDigits)
      return std::nullopt;
    if (!append_digit(magnitude, digit, negative)) return std::nullopt;
  }
  if (integer_digits == 0 || fraction_digits == 0) return std::nullopt;
  for (int k = fraction_digits < 0 ? 0 : fraction_digits; k < core::Decimal::kFractionDigits; ++k)
    if (!append_digit(magnitude, 0, negative)) return std::nullopt;
  return core::Decimal::from_scaled(static_cast<Int128>(negative ? Uint128{0} - magnitude : magnitude));
}

}  // namespace salestream::store
