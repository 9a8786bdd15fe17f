// SPDX-License-Identifier: Apache-2.0
#include "core/cell.h"

#include <numeric>

namespace salestream::core {

std::optional<Measures> add(const Measures& a, const Measures& b) {
  const auto revenue = add(a.revenue, b.revenue);
  const auto units = add(a.units, b.units);
  std::int64_t orders = 0;
  if (!revenue || !units || __builtin_add_overflow(a.orders, b.orders, &orders)) return std::nullopt;
  return Measures{*revenue, *units, orders};
}

std::int64_t Counters::all_rejects() const { return std::accumulate(rejects.begin(), rejects.end(), std::int64_t{0}); }

Counters& Counters::operator+=(const Counters& more) {
  messages += more.messages;
  orders += more.orders;
  items += more.items;
  wrong_totals += more.wrong_totals;
  duplicates += more.duplicates;
  for (std::size_t i = 0; i < rejects.size(); ++i) rejects[i] += more.rejects[i];
  return *this;
}

std::uint64_t checksum(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace salestream::core
