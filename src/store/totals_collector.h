// SPDX-License-Identifier: Apache-2.0
// The rows of a totals page as they come, in any order: the best of them are kept, in a heap, as many as the limit
// allows. One owner.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "core/cell.h"
#include "core/definition.h"
#include "store/store.h"

namespace salestream::store {

class TotalsCollector {
 public:
  TotalsCollector(core::Measure first, PageLimit limit) : first_(first), limit_(limit) {}

  void add(core::TotalsRow row) {
    add(row.measures, [&] { return std::move(row.key); });
  }

  // `key_of` gives the row's key, and is called for rows only that may be among the best: most end before.
  template <typename KeyOf>
  void add(const core::Measures& measures, const KeyOf& key_of) {
    ++page_.all_rows;
    if (page_.sum) page_.sum = core::add(*page_.sum, measures);
    if (left_out_ && compare(measures, left_out_->measures) < 0) return;
    core::TotalsRow row{key_of(), measures, 0};
    if (left_out_ && !is_before(row, *left_out_)) return;
    bytes_ += row.key.size();
    page_.rows.push_back(std::move(row));
    if (limit_.rows == 0 && limit_.bytes == 0) return;
    std::push_heap(page_.rows.begin(), page_.rows.end(), before());
    while (is_beyond_limit()) leave_out_last();
  }

  // By the first measure, greatest first, then by key.
  TotalsPage page() {
    std::sort(page_.rows.begin(), page_.rows.end(), before());
    return std::move(page_);
  }

 private:
  bool is_beyond_limit() const {
    return (limit_.rows > 0 && page_.rows.size() > limit_.rows) || (limit_.bytes > 0 && bytes_ > limit_.bytes);
  }
  void leave_out_last() {
    std::pop_heap(page_.rows.begin(), page_.rows.end(), before());
    left_out_ = std::move(page_.rows.back());
    page_.rows.pop_back();
    bytes_ -= left_out_->key.size();
  }
  struct Before {
    const TotalsCollector* collector;
    bool operator()(const core::TotalsRow& a, const core::TotalsRow& b) const { return collector->is_before(a, b); }
  };
  Before before() const { return {this}; }
  bool is_before(const core::TotalsRow& a, const core::TotalsRow& b) const {
    const auto order = compare(a.measures, b.measures);
    return order != 0 ? order > 0 : a.key < b.key;
  }
  std::strong_ordering compare(const core::Measures& a, const core::Measures& b) const {
    switch (first_) {
      case core::Measure::kRevenue: return a.revenue.scaled() <=> b.revenue.scaled();
      case core::Measure::kUnits: return a.units.scaled() <=> b.units.scaled();
      case core::Measure::kOrders: return a.orders <=> b.orders;
    }
    return std::strong_ordering::equal;
  }

  const core::Measure first_;
  const PageLimit limit_;
  std::size_t bytes_ = 0;  // of the page's keys
  // The best row that the limit left out. Nothing behind it is taken, also where it is shorter and would fit: a page
  // has no gaps.
  std::optional<core::TotalsRow> left_out_;
  TotalsPage page_;
};

}  // namespace salestream::store
