// SPDX-License-Identifier: Apache-2.0
// Decimal: an exact number with nine fraction digits in 128 bits. Money and quantities go from the digits of the JSON
// text to the store in this form and never through a double. Values; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace salestream::core {

class Decimal {
 public:
  using Int128 = __int128;

  static constexpr int kFractionDigits = 9;
  static constexpr std::int64_t kScale = 1'000'000'000;

  constexpr Decimal() = default;
  static constexpr Decimal from_scaled(Int128 scaled) {
    Decimal d;
    d.scaled_ = scaled;
    return d;
  }
  static constexpr Decimal from_integer(std::int64_t n) { return from_scaled(static_cast<Int128>(n) * kScale); }

  // The value times 10^9.
  constexpr Int128 scaled() const { return scaled_; }

  constexpr bool is_negative() const { return scaled_ < 0; }
  constexpr bool is_zero() const { return scaled_ == 0; }

  friend constexpr bool operator==(Decimal, Decimal) = default;
  friend constexpr auto operator<=>(Decimal a, Decimal b) { return a.scaled_ <=> b.scaled_; }

 private:
  Int128 scaled_ = 0;
};

constexpr Decimal negated(Decimal d) { return Decimal::from_scaled(-d.scaled()); }

// What one order may add to a total, and any number in it: at most 10^18 either way. A 128-bit total then holds at
// least 1.7 × 10^11 orders of the largest size, and sums of amounts are checked all the same.
inline constexpr Decimal kMaxAmount = Decimal::from_integer(1'000'000'000'000'000'000);

inline constexpr bool within_max_amount(Decimal d) { return d <= kMaxAmount && d.scaled() >= -kMaxAmount.scaled(); }

enum class NumberStatus : std::uint8_t {
  kOk,
  kNotANumber,  // the text is not a JSON number (RFC 8259, section 6)
  kTooLarge,    // beyond ±kMaxAmount
};

struct ParsedNumber {
  NumberStatus status = NumberStatus::kNotANumber;
  Decimal value;
  std::size_t length = 0;  // bytes of the number, when status is not kNotANumber
};

// Reads the JSON number that begins at `text`; what follows it is the caller's to look at. Somewhere behind it has to
// stand a byte that belongs to no number, such as the white space behind every message. Any number of digits; beyond
// nine fraction digits it is rounded half to even.
void parse_number_prefix(const char* text, ParsedNumber& out);

// The same for text that must be a number and nothing else.
ParsedNumber parse_number(std::string_view text);

// Sums and products; nothing when the result does not fit into 128 bits. A product is rounded half to even.
std::optional<Decimal> add(Decimal a, Decimal b);
std::optional<Decimal> subtract(Decimal a, Decimal b);
std::optional<Decimal> multiply(Decimal a, Decimal b);

// Plain digits, never an exponent: at least `least_fraction_digits`, at most nine, no trailing zeros beyond the least.
std::string to_string(Decimal d, int least_fraction_digits);

}  // namespace salestream::core
