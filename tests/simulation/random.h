// SPDX-License-Identifier: Apache-2.0
// Everything that happens by chance in a schedule is drawn from one of these, begun with the schedule's seed: the same
// seed is the same schedule. A value.
#pragma once

#include <cstdint>

#include "generate/random.h"

namespace salestream::simulation {

class Random {
 public:
  explicit Random(std::uint64_t seed) : random_(seed, generate::Random::Stream::kFaults, 0, 0) {}

  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_.below(bound)); }
  // Both included.
  int between(int least, int most) {
    return least + static_cast<int>(below(static_cast<std::uint32_t>(most - least + 1)));
  }
  // Never, when n is 0.
  bool one_in(std::uint32_t n) { return n != 0 && below(n) == 0; }
  template <typename T>
  T& of(T* begin, std::size_t count) {
    return begin[below(static_cast<std::uint32_t>(count))];
  }

 private:
  generate::Random random_;
};

}  // namespace salestream::simulation
