// SPDX-License-Identifier: Apache-2.0
// What a piece of memory takes, for limits that are meant in bytes of memory: jemalloc's size classes, of which each
// doubling has four (jemalloc 5.3, sz.h), so a quarter more than was asked for where it is worst. Pure function.
#pragma once

#include <bit>
#include <cstddef>

namespace salestream::base {

constexpr std::size_t allocated_bytes(std::size_t wanted) {
  constexpr std::size_t kQuantum = 16;
  if (wanted <= kQuantum / 2) return kQuantum / 2;
  const std::size_t step = wanted <= 8 * kQuantum ? kQuantum : std::bit_floor(wanted - 1) / 4;
  return (wanted + step - 1) / step * step;
}

}  // namespace salestream::base
