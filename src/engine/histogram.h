// SPDX-License-Identifier: Apache-2.0
// How often a measured value lay between which bounds. A value, small enough to be copied once a batch.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace salestream::engine {

class Histogram {
 public:
  static constexpr std::size_t kMaxBounds = 18;

  // At most kMaxBounds, ascending; they outlive the histogram.
  constexpr explicit Histogram(std::span<const double> upper_bounds) : upper_bounds_(upper_bounds) {}

  void observe(double value, std::int64_t times = 1) {
    const auto bucket = std::lower_bound(upper_bounds_.begin(), upper_bounds_.end(), value) - upper_bounds_.begin();
    counts_[static_cast<std::size_t>(bucket)] += times;
    sum_ += value * static_cast<double>(times);
  }

  // Of the same bounds.
  void add(const Histogram& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    sum_ += other.sum_;
  }

  std::span<const double> upper_bounds() const { return upper_bounds_; }
  // Values above the bound before and up to this one, that one included; the last bucket has no bound.
  std::int64_t count(std::size_t bucket) const { return counts_[bucket]; }
  std::size_t buckets() const { return upper_bounds_.size() + 1; }
  double sum() const { return sum_; }

 private:
  std::span<const double> upper_bounds_;
  std::array<std::int64_t, kMaxBounds + 1> counts_{};
  double sum_ = 0;
};

}  // namespace salestream::engine
