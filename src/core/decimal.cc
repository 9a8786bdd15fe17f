// SPDX-License-Identifier: Apache-2.0
#include "core/decimal.h"

#include <algorithm>

namespace salestream::core {
namespace {

using Int128 = Decimal::Int128;
using Uint128 = unsigned __int128;

constexpr Int128 kMaxInt128 = static_cast<Int128>(~Uint128{0} >> 1);

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

// Half to even: `rest` is what was cut off, as a part of `unit`.
Uint128 round_half_even(Uint128 quotient, Uint128 rest, Uint128 unit) {
  const Uint128 twice = rest * 2;
  if (twice > unit || (twice == unit && (quotient & 1) != 0)) ++quotient;
  return quotient;
}

// The digits of a number as a JSON text has them: 12.50e-1 is integer "12", fraction "50", exponent -1.
struct NumberText {
  std::string_view integer;
  std::string_view fraction;
  std::int64_t exponent = 0;
  bool negative = false;
  std::size_t length = 0;
};

// Exponents beyond this are as good as infinite, and are kept from overflowing.
constexpr std::int64_t kExponentLimit = 1'000'000'000;

// Text that ends at a byte which belongs to no number.
std::optional<NumberText> scan_number(const char* const begin) {
  NumberText number;
  const char* p = begin;
  const auto digits = [&] {
    const char* const first = p;
    while (is_digit(*p)) ++p;
    return std::string_view(first, static_cast<std::size_t>(p - first));
  };
  if (*p == '-') {
    number.negative = true;
    ++p;
  }
  number.integer = digits();
  if (number.integer.empty()) return std::nullopt;
  if (number.integer.size() > 1 && number.integer.front() == '0') return std::nullopt;
  if (*p == '.') {
    ++p;
    number.fraction = digits();
    if (number.fraction.empty()) return std::nullopt;
  }
  if (*p == 'e' || *p == 'E') {
    ++p;
    bool negative_exponent = false;
    if (*p == '+' || *p == '-') negative_exponent = *p++ == '-';
    const std::string_view exponent = digits();
    if (exponent.empty()) return std::nullopt;
    for (const char c : exponent) number.exponent = std::min(number.exponent * 10 + (c - '0'), kExponentLimit);
    if (negative_exponent) number.exponent = -number.exponent;
  }
  number.length = static_cast<std::size_t>(p - begin);
  return number;
}

// Any number of digits and any exponent: the digits that matter go into 128 bits, the rest only decides the rounding.
ParsedNumber to_decimal(const NumberText& number) {
  const std::size_t count = number.integer.size() + number.fraction.size();
  const auto digit = [&](std::size_t i) {
    return static_cast<unsigned>(
        (i < number.integer.size() ? number.integer[i] : number.fraction[i - number.integer.size()]) - '0');
  };
  std::size_t first = 0;
  while (first < count && digit(first) == 0) ++first;
  if (first == count) return {NumberStatus::kOk, Decimal(), number.length};

  // Digit i stands for digit(i) × 10^(weight - i) billionths.
  const std::int64_t weight =
      static_cast<std::int64_t>(number.integer.size()) - 1 + number.exponent + Decimal::kFractionDigits;
  const std::int64_t leading_power = weight - static_cast<std::int64_t>(first);
  // 10^18 has 28 digits in billionths: a larger leading power is out of bounds whatever follows.
  if (leading_power > 27) return {NumberStatus::kTooLarge, Decimal(), number.length};

  Uint128 scaled = 0;
  for (std::int64_t power = leading_power; power >= 0; --power) {
    const auto i = static_cast<std::size_t>(weight - power);
    scaled = scaled * 10 + (i < count ? digit(i) : 0);
  }
  // What is below a billionth: the first such digit and whether anything follows it.
  if (leading_power >= -1) {
    const auto next = static_cast<std::size_t>(weight + 1);
    if (next < count) {
      bool more = false;
      for (std::size_t i = next + 1; i < count && !more; ++i) more = digit(i) != 0;
      scaled = round_half_even(scaled, digit(next) * 2 + (more ? 1 : 0), 20);
    }
  }
  if (scaled > static_cast<Uint128>(kMaxAmount.scaled())) return {NumberStatus::kTooLarge, Decimal(), number.length};
  const auto value = static_cast<Int128>(scaled);
  return {NumberStatus::kOk, Decimal::from_scaled(number.negative ? -value : value), number.length};
}

// Almost every number of an order: up to nine digits before the point, any number behind it, no exponent. All of it
// fits into 64 bits.
bool parse_plain_number(const char* const begin, ParsedNumber& out) {
  static constexpr std::uint64_t kPowers[] = {1,       10,        100,        1'000,       10'000,
                                              100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};
  const char* p = begin;
  const bool negative = *p == '-';
  if (negative) ++p;

  const char* const integer_begin = p;
  std::uint64_t scaled = 0;
  for (; is_digit(*p); ++p) scaled = scaled * 10 + static_cast<unsigned>(*p - '0');
  const auto integer_digits = p - integer_begin;
  // Beyond nine digits the sum above may have wrapped; it is not used then.
  if (integer_digits == 0 || integer_digits > 9 || (integer_digits > 1 && *integer_begin == '0')) return false;

  if (*p != '.') {
    scaled *= static_cast<std::uint64_t>(Decimal::kScale);
  } else {
    const char* const fraction_begin = ++p;
    const char* const kept_end = p + Decimal::kFractionDigits;
    for (; p != kept_end && is_digit(*p); ++p) scaled = scaled * 10 + static_cast<unsigned>(*p - '0');
    const auto kept_digits = p - fraction_begin;
    if (kept_digits == 0) return false;
    scaled *= kPowers[Decimal::kFractionDigits - kept_digits];
    if (p == kept_end && is_digit(*p)) {
      const int next = *p++ - '0';
      bool more = false;
      for (; is_digit(*p); ++p) more = more || *p != '0';
      if (next > 5 || (next == 5 && (more || (scaled & 1) != 0))) ++scaled;
    }
  }
  if (*p == 'e' || *p == 'E') return false;
  const auto value = static_cast<std::int64_t>(scaled);  // below 10^18
  out.status = NumberStatus::kOk;
  out.value = Decimal::from_scaled(negative ? -value : value);
  out.length = static_cast<std::size_t>(p - begin);
  return true;
}

// |a| × |b| as 256 bits in two halves.
struct Wide {
  Uint128 high;
  Uint128 low;
};

Wide multiply_wide(Uint128 a, Uint128 b) {
  const std::uint64_t a_low = static_cast<std::uint64_t>(a), a_high = static_cast<std::uint64_t>(a >> 64);
  const std::uint64_t b_low = static_cast<std::uint64_t>(b), b_high = static_cast<std::uint64_t>(b >> 64);
  const Uint128 low = static_cast<Uint128>(a_low) * b_low;
  const Uint128 mid1 = static_cast<Uint128>(a_low) * b_high;
  const Uint128 mid2 = static_cast<Uint128>(a_high) * b_low;
  const Uint128 high = static_cast<Uint128>(a_high) * b_high;
  const Uint128 mid = (low >> 64) + static_cast<std::uint64_t>(mid1) + static_cast<std::uint64_t>(mid2);
  return {high + (mid1 >> 64) + (mid2 >> 64) + (mid >> 64), (mid << 64) | static_cast<std::uint64_t>(low)};
}

// Long division by 10^9, 32 bits at a time; nothing when the quotient needs more than 128 bits.
std::optional<Uint128> divide_by_scale(Wide n) {
  constexpr std::uint64_t kDivisor = Decimal::kScale;
  if (n.high >= kDivisor) return std::nullopt;
  auto rest = static_cast<std::uint64_t>(n.high);
  Uint128 quotient = 0;
  for (int shift = 96; shift >= 0; shift -= 32) {
    const std::uint64_t part = (rest << 32) | static_cast<std::uint32_t>(n.low >> shift);
    quotient = (quotient << 32) | (part / kDivisor);
    rest = part % kDivisor;
  }
  return round_half_even(quotient, rest, kDivisor);
}

Uint128 magnitude(Int128 n) { return n < 0 ? Uint128{0} - static_cast<Uint128>(n) : static_cast<Uint128>(n); }

}  // namespace

void parse_number_prefix(const char* text, ParsedNumber& out) {
  if (parse_plain_number(text, out)) return;
  const auto number = scan_number(text);
  out = number ? to_decimal(*number) : ParsedNumber{};
}

ParsedNumber parse_number(std::string_view text) {
  const std::string terminated(text);
  ParsedNumber number;
  parse_number_prefix(terminated.c_str(), number);
  return number.status != NumberStatus::kNotANumber && number.length == text.size() ? number : ParsedNumber{};
}

std::optional<Decimal> add(Decimal a, Decimal b) {
  Int128 sum;
  if (__builtin_add_overflow(a.scaled(), b.scaled(), &sum)) return std::nullopt;
  return Decimal::from_scaled(sum);
}

std::optional<Decimal> subtract(Decimal a, Decimal b) {
  Int128 difference;
  if (__builtin_sub_overflow(a.scaled(), b.scaled(), &difference)) return std::nullopt;
  return Decimal::from_scaled(difference);
}

std::optional<Decimal> multiply(Decimal a, Decimal b) {
  constexpr Int128 kSmall = Int128{1} << 62;
  const auto is_small = [](Int128 n) { return n > -kSmall && n < kSmall; };
  if (is_small(a.scaled()) && is_small(b.scaled())) {
    // A whole quantity times a price is the usual case: no 128-bit division.
    const auto small_a = static_cast<std::int64_t>(a.scaled());
    if (small_a % Decimal::kScale == 0)
      return Decimal::from_scaled(static_cast<Int128>(small_a / Decimal::kScale) * b.scaled());
  }
  const bool negative = a.is_negative() != b.is_negative();
  const auto quotient = divide_by_scale(multiply_wide(magnitude(a.scaled()), magnitude(b.scaled())));
  if (!quotient || *quotient > static_cast<Uint128>(kMaxInt128)) return std::nullopt;
  const auto value = static_cast<Int128>(*quotient);
  return Decimal::from_scaled(negative ? -value : value);
}

std::string to_string(Decimal d, int least_fraction_digits) {
  char buffer[48];
  char* const end = buffer + sizeof buffer;
  char* p = end;
  Uint128 rest = magnitude(d.scaled());
  auto fraction = static_cast<std::uint64_t>(rest % Decimal::kScale);
  rest /= Decimal::kScale;

  int digits = Decimal::kFractionDigits;
  while (digits > least_fraction_digits && fraction % 10 == 0) {
    fraction /= 10;
    --digits;
  }
  for (int i = 0; i < digits; ++i) {
    *--p = static_cast<char>('0' + fraction % 10);
    fraction /= 10;
  }
  if (digits > 0) *--p = '.';
  do {
    *--p = static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  } while (rest != 0);
  if (d.is_negative()) *--p = '-';
  return {p, end};
}

}  // namespace salestream::core
