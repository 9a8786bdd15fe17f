// SPDX-License-Identifier: Apache-2.0
#include "decode/connect_decimal.h"

#include <cstdint>
#include <string>

namespace salestream::decode {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t kMostBytes = 15;  // of an unscaled number: what is longer fits no amount

}  // namespace

core::ParsedNumber parse_connect_decimal(std::string_view text) {
  core::ParsedNumber out;
  if (text.empty() || text.size() % 4 != 0) return out;
  out.length = text.size();
  while (text.ends_with('=') && out.length - text.size() < 2) text.remove_suffix(1);
  std::string bytes;
  std::uint32_t bits = 0;
  int bit_count = 0;
  for (const char c : text) {
    const std::size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return out;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    if ((bit_count += 6) >= 8) bytes += static_cast<char>(bits >> (bit_count -= 8) & 0xFF);
  }
  if (bytes.empty()) return out;
  out.status = core::NumberStatus::kTooLarge;
  if (bytes.size() > kMostBytes) return out;
  core::Decimal::Int128 unscaled = static_cast<signed char>(bytes.front()) < 0 ? -1 : 0;
  for (const char byte : bytes) unscaled = unscaled * 256 + static_cast<unsigned char>(byte);
  const core::Decimal::Int128 most = core::kMaxAmount.scaled() / core::Decimal::kScale;
  if (unscaled > most || unscaled < -most) return out;
  out.value = core::Decimal::from_scaled(unscaled * core::Decimal::kScale);
  out.status = core::NumberStatus::kOk;
  return out;
}

}  // namespace salestream::decode
