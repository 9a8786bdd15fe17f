// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/values.h"

#include "base/check.h"

namespace salestream::store::cassandra {
namespace {

using Int128 = core::Decimal::Int128;

constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kScaleBytes = 4;
constexpr std::uint32_t kEpochDay = std::uint32_t{1} << 31;

template <typename T>
void append_big_endian(std::string& out, T n) {
  char bytes[sizeof n];
  for (std::size_t i = 0; i < sizeof n; ++i) bytes[i] = static_cast<char>(n >> (8 * (sizeof n - 1 - i)));
  out.append(bytes, sizeof n);
}

// Of at least four bytes.
std::int32_t length_of(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) value = (value << 8) | static_cast<unsigned char>(bytes[i]);
  return static_cast<std::int32_t>(value);
}

// Without the fraction digits at its end that are zero; their number is taken off `scale`.
template <typename T>
T without_zeros(T digits, std::int32_t& scale, int least_fraction_digits) {
  for (; scale > least_fraction_digits && digits % 10 == 0; --scale) digits /= 10;
  return digits;
}

// Two's complement of up to 16 bytes; none is zero.
Int128 big_endian(std::string_view bytes) {
  unsigned __int128 value = !bytes.empty() && (bytes[0] & 0x80) != 0 ? ~static_cast<unsigned __int128>(0) : 0;
  for (const char byte : bytes) value = (value << 8) | static_cast<unsigned char>(byte);
  return static_cast<Int128>(value);
}

// Whether byte `first` says no more than the sign of the byte after it.
bool is_sign_only(std::string_view bytes) {
  const bool next_is_negative = (bytes[1] & 0x80) != 0;
  return bytes[0] == (next_is_negative ? '\xff' : '\0');
}

}  // namespace

std::string decimal_bytes(core::Decimal d, int least_fraction_digits) {
  Int128 digits = d.scaled();
  std::int32_t scale = core::Decimal::kFractionDigits;
  // Nearly all are so small, and 128 bits take many times longer to divide.
  if (const auto small = static_cast<std::int64_t>(digits); small == digits)
    digits = without_zeros(small, scale, least_fraction_digits);
  else
    digits = without_zeros(digits, scale, least_fraction_digits);
  std::string out;
  append_big_endian(out, scale);
  std::string all;
  append_big_endian(all, digits);
  std::string_view shortest = all;
  while (shortest.size() > 1 && is_sign_only(shortest)) shortest.remove_prefix(1);
  return out += shortest;
}

std::optional<core::Decimal> decimal_of(std::string_view bytes) {
  if (bytes.size() < kScaleBytes + 1) return std::nullopt;
  auto scale = static_cast<std::int32_t>(big_endian(bytes.substr(0, kScaleBytes)));
  bytes.remove_prefix(kScaleBytes);
  while (bytes.size() > sizeof(Int128) && is_sign_only(bytes)) bytes.remove_prefix(1);
  if (bytes.size() > sizeof(Int128)) return std::nullopt;
  Int128 digits = big_endian(bytes);
  if (digits == 0) return core::Decimal{};
  for (; scale > core::Decimal::kFractionDigits; --scale) {
    if (digits % 10 != 0) return std::nullopt;
    digits /= 10;
  }
  for (; scale < core::Decimal::kFractionDigits; ++scale)
    if (__builtin_mul_overflow(digits, Int128{10}, &digits)) return std::nullopt;
  return core::Decimal::from_scaled(digits);
}

BoundRows& BoundRows::value(std::string_view bytes) {
  append_big_endian(bytes_, static_cast<std::int32_t>(bytes.size()));
  bytes_ += bytes;
  return *this;
}

BoundRows& BoundRows::integer(std::int32_t n) {
  append_big_endian(bytes_, static_cast<std::int32_t>(sizeof n));
  append_big_endian(bytes_, n);
  return *this;
}

// An unsigned number of days with 1970-01-01 in the middle of its range.
BoundRows& BoundRows::date(std::int64_t days) {
  return integer(static_cast<std::int32_t>(static_cast<std::uint32_t>(days) + kEpochDay));
}

BoundRows& BoundRows::bigint(std::int64_t n) {
  append_big_endian(bytes_, static_cast<std::int32_t>(sizeof n));
  append_big_endian(bytes_, n);
  return *this;
}

BoundRows& BoundRows::decimal(core::Decimal d, int least_fraction_digits) {
  return value(decimal_bytes(d, least_fraction_digits));
}

BoundRows& BoundRows::counts(const std::vector<std::pair<std::string_view, std::int64_t>>& entries) {
  BoundRows parts;
  for (const auto& [name, count] : entries) parts.text(name).bigint(count);
  std::string map;
  append_big_endian(map, static_cast<std::int32_t>(entries.size()));
  return value(map += parts.bytes_);
}

BoundRows& BoundRows::null() {
  append_big_endian(bytes_, std::int32_t{-1});
  return *this;
}

void BoundRows::clear() {
  bytes_.clear();
  rows_ = 0;
}

std::optional<std::string_view> ValueReader::next() {
  SALESTREAM_CHECK(rest_.size() >= kLengthBytes);
  const std::int32_t length = length_of(rest_);
  rest_.remove_prefix(kLengthBytes);
  if (length < 0) return std::nullopt;
  SALESTREAM_CHECK(rest_.size() >= static_cast<std::size_t>(length));
  const std::string_view value = rest_.substr(0, static_cast<std::size_t>(length));
  rest_.remove_prefix(value.size());
  return value;
}

std::optional<std::int32_t> integer_of(std::string_view bytes) {
  if (bytes.size() != sizeof(std::int32_t)) return std::nullopt;
  return static_cast<std::int32_t>(big_endian(bytes));
}

std::optional<std::int64_t> bigint_of(std::string_view bytes) {
  if (bytes.size() != sizeof(std::int64_t)) return std::nullopt;
  return static_cast<std::int64_t>(big_endian(bytes));
}

std::optional<std::int64_t> date_of(std::string_view bytes) {
  const auto number = integer_of(bytes);
  if (!number) return std::nullopt;
  return static_cast<std::int64_t>(static_cast<std::uint32_t>(*number)) - std::int64_t{kEpochDay};
}

std::optional<bool> boolean_of(std::string_view bytes) {
  if (bytes.size() != 1) return std::nullopt;
  return bytes[0] != '\0';
}

std::optional<std::vector<std::pair<std::string_view, std::int64_t>>> counts_of(std::string_view bytes) {
  if (bytes.size() < kLengthBytes) return std::nullopt;
  const auto entries = static_cast<std::int32_t>(big_endian(bytes.substr(0, kLengthBytes)));
  ValueReader reader(bytes.substr(kLengthBytes));
  std::vector<std::pair<std::string_view, std::int64_t>> counts;
  for (std::int32_t i = 0; i < entries; ++i) {
    const auto name = reader.next();
    const auto count = bigint_of(reader.next().value_or(""));
    if (!name || !count) return std::nullopt;
    counts.emplace_back(*name, *count);
  }
  return counts;
}

}  // namespace salestream::store::cassandra
