// SPDX-License-Identifier: Apache-2.0
// Random numbers as a pure function of where they are drawn for: SplitMix64 (https://prng.di.unimi.it/splitmix64.c)
// started again for each (seed, stream, partition, offset), so that any order can be made again without those before
// it. Values.
#pragma once

#include <cstdint>

namespace salestream::generate {

class Random {
 public:
  // What is drawn in one stream never changes what is drawn in another: orders are the same with and without faults.
  enum class Stream : std::uint64_t { kOrder = 1, kFaults, kDuplicates, kMalformed, kClients, kPrices };

  Random(std::uint64_t seed, Stream stream, std::uint64_t a, std::uint64_t b)
      : state_(mix(mix(mix(seed + kStep * static_cast<std::uint64_t>(stream)) ^ a) + kStep * b)) {}

  std::uint64_t next() { return mix(state_ += kStep); }

  // Even over [0, bound); `bound` at least 1. The bias, bound ÷ 2^64, can't be seen in any run.
  std::uint64_t below(std::uint64_t bound) {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
  }

  // Even over [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }

 private:
  static constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15U;
  std::uint64_t state_;
};

}  // namespace salestream::generate
