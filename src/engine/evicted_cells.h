// SPDX-License-Identifier: Apache-2.0
// Remembers which cells have left memory, in a bounded number of bytes: a Bloom filter (B. H. Bloom, "Space/Time
// Trade-offs in Hash Coding with Allowable Errors", CACM 13 (7), 1970). It never forgets one; of others it says so by
// mistake, which costs a look into the store: 0.24 % of them at 16 bits for each cell that was added, 16 % at 4 bits.
// Owned by a CellCache.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace salestream::engine {

class EvictedCells {
 public:
  // Takes the greatest power of two of at most `most_bytes`, with the first cell that is added.
  explicit EvictedCells(std::int64_t most_bytes)
      : word_count_(std::bit_floor(static_cast<std::size_t>(std::max<std::int64_t>(most_bytes, 8)) / 8)) {}

  // `hash`: of the cell's table, partition and key, with all 64 bits worth something.
  void add(std::uint64_t hash) {
    if (words_.empty()) words_.resize(word_count_);
    for (int probe = 0; probe < kProbes; ++probe) {
      const std::uint64_t bit = bit_of(hash, probe);
      words_[bit / 64] |= std::uint64_t{1} << (bit % 64);
    }
  }

  bool may_contain(std::uint64_t hash) const {
    if (words_.empty()) return false;
    for (int probe = 0; probe < kProbes; ++probe) {
      const std::uint64_t bit = bit_of(hash, probe);
      if ((words_[bit / 64] >> (bit % 64) & 1) == 0) return false;
    }
    return true;
  }

  void clear() { words_ = {}; }

 private:
  static constexpr int kProbes = 4;

  // Two halves of one hash make all probes: A. Kirsch and M. Mitzenmacher, "Less Hashing, Same Performance", ESA 2006.
  std::uint64_t bit_of(std::uint64_t hash, int probe) const {
    const std::uint64_t step = (hash >> 32) | 1;
    return (hash + static_cast<std::uint64_t>(probe) * step) % (word_count_ * 64);
  }

  const std::size_t word_count_;
  std::vector<std::uint64_t> words_;
};

}  // namespace salestream::engine
