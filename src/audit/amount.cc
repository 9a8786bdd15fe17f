// SPDX-License-Identifier: Apache-2.0
#include "audit/amount.h"

#include <string>

namespace salestream::audit {
namespace {

constexpr std::int64_t kFractionDigits = 9;
constexpr std::int64_t kMostDigits = 28;  // of 10^18 in billionths
// Beyond it an exponent changes nothing: no message has that many digits to make up for it.
constexpr std::int64_t kExponentLimit = 1'000'000'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits_from(std::string_view text, std::size_t at) {
  std::size_t count = 0;
  while (at + count < text.size() && is_digit(text[at + count])) ++count;
  return count;
}

// number = [ "-" ] integer [ "." fraction ] [ ( "e" / "E" ) [ "-" / "+" ] digits ]
struct Parts {
  bool is_negative = false;
  std::string_view integer, fraction;
  std::int64_t exponent = 0;
};

std::optional<Parts> take_apart(std::string_view text) {
  Parts parts;
  std::size_t at = 0;
  if (at < text.size() && text[at] == '-') {
    parts.is_negative = true;
    ++at;
  }
  const std::size_t integer = digits_from(text, at);
  if (integer == 0 || (integer > 1 && text[at] == '0')) return std::nullopt;
  parts.integer = text.substr(at, integer);
  at += integer;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = digits_from(text, ++at);
    if (fraction == 0) return std::nullopt;
    parts.fraction = text.substr(at, fraction);
    at += fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    const bool is_negative = at < text.size() && text[at] == '-';
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const std::size_t exponent = digits_from(text, at);
    if (exponent == 0) return std::nullopt;
    for (std::size_t i = 0; i < exponent; ++i)
      if (parts.exponent < kExponentLimit) parts.exponent = parts.exponent * 10 + (text[at + i] - '0');
    if (is_negative) parts.exponent = -parts.exponent;
    at += exponent;
  }
  if (at != text.size()) return std::nullopt;
  return parts;
}

Billionths magnitude(Billionths n) { return n < 0 ? -n : n; }

// `rest` of `whole` are left over from a division: up when they are more than half, or half and `quotient` is odd.
Billionths rounded(Billionths quotient, Billionths rest, Billionths whole) {
  const bool is_more = rest * 2 > whole, is_half = rest * 2 == whole;
  return quotient + (is_more || (is_half && quotient % 2 != 0) ? 1 : 0);
}

}  // namespace

bool is_json_number(std::string_view text) { return take_apart(text).has_value(); }

Amount read_amount(std::string_view text) {
  const std::optional<Parts> parts = take_apart(text);
  if (!parts) return {AmountFault::kNotANumber, 0};

  // The point is moved by the exponent and nine places more: what stands before it then are whole billionths.
  const std::size_t count = parts->integer.size() + parts->fraction.size();
  const auto digit = [&](std::size_t i) {
    return (i < parts->integer.size() ? parts->integer[i] : parts->fraction[i - parts->integer.size()]) - '0';
  };
  std::size_t first = 0;
  while (first < count && digit(first) == 0) ++first;
  if (first == count) return {};
  const std::int64_t point = static_cast<std::int64_t>(parts->integer.size()) + parts->exponent + kFractionDigits;
  const std::int64_t whole_digits = point - static_cast<std::int64_t>(first);
  if (whole_digits > kMostDigits) return {AmountFault::kTooLarge, 0};
  if (whole_digits < 0) return {};  // less than a tenth of a billionth

  Billionths value = 0;
  std::size_t at = first;
  if (whole_digits <= 18) {  // the same in half the width, which is enough for nearly every number
    std::int64_t narrow = 0;
    for (std::int64_t i = 0; i < whole_digits; ++i, ++at) narrow = narrow * 10 + (at < count ? digit(at) : 0);
    value = narrow;
  } else {
    for (std::int64_t i = 0; i < whole_digits; ++i, ++at) value = value * 10 + (at < count ? digit(at) : 0);
  }
  if (at < count) {
    bool is_more = false;
    for (std::size_t i = at + 1; i < count; ++i) is_more = is_more || digit(i) != 0;
    value = rounded(value, digit(at) * 2 + (is_more ? 1 : 0), 20);
  }
  if (value > kMostOfAnOrder) return {AmountFault::kTooLarge, 0};
  return {AmountFault::kNone, parts->is_negative ? -value : value};
}

// (W + p)(V + q) = WV + Wq + pV + pq, with whole numbers W and V and fractions p and q.
std::optional<Billionths> times(Billionths x, Billionths y) {
  const Billionths left = magnitude(x), right = magnitude(y);
  const Billionths whole_x = left / kOne, part_x = left % kOne, whole_y = right / kOne, part_y = right % kOne;
  if (whole_x > kMostOfAnOrder / kOne || whole_y > kMostOfAnOrder / kOne) return std::nullopt;
  if (whole_x * whole_y > kMostOfAnOrder / kOne) return std::nullopt;
  const Billionths small = part_x * part_y;
  const Billionths exact = whole_x * whole_y * kOne + whole_x * part_y + part_x * whole_y + small / kOne;
  const Billionths product = rounded(exact, small % kOne, kOne);
  if (product > kMostOfAnOrder) return std::nullopt;
  return (x < 0) != (y < 0) ? -product : product;
}

bool add_to(Billionths& sum, Billionths more) {
  Billionths result = 0;
  if (__builtin_add_overflow(sum, more, &result)) return false;
  sum = result;
  return true;
}

}  // namespace salestream::audit
