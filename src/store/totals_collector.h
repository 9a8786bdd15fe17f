// SPDX-License-Identifier: Apache-2.0
// The rows of a totals page as they come, in any order: the best `limit` of them are kept, in a heap. One owner.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include "core/cell.h"
#include "core/definition.h"
#include "store/store.h"

namespace salestream::store {

class TotalsCollector {
 public:
  // `limit` 0: all.
  TotalsCollector(core::Measure first, std::size_t limit) : first_(first), limit_(limit) {}

  void add(core::TotalsRow row) {
    add(row.measures, [&] { return std::move(row.key); });
  }

  // `key_of` gives the row's key, and is called for rows only that may be among the best: most end before.
  template <typename KeyOf>
  void add(const core::Measures& measures, const KeyOf& key_of) {
    const auto before = [this](const core::TotalsRow& a, const core::TotalsRow& b) { return is_before(a, b); };
    ++page_.all_rows;
    if (page_.sum) page_.sum = core::add(*page_.sum, measures);
    std::vector<core::TotalsRow>& rows = page_.rows;
    const bool is_full = limit_ > 0 && rows.size() == limit_;
    if (is_full && compare(measures, rows.front().measures) < 0) return;
    core::TotalsRow row{key_of(), measures, 0};
    if (!is_full) {
      rows.push_back(std::move(row));
    } else {
      if (!before(row, rows.front())) return;
      std::pop_heap(rows.begin(), rows.end(), before);
      rows.back() = std::move(row);
    }
    if (limit_ > 0) std::push_heap(rows.begin(), rows.end(), before);
  }

  // By the first measure, greatest first, then by key.
  TotalsPage page() {
    std::sort(page_.rows.begin(), page_.rows.end(),
              [this](const core::TotalsRow& a, const core::TotalsRow& b) { return is_before(a, b); });
    return std::move(page_);
  }

 private:
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
  const std::size_t limit_;
  TotalsPage page_;
};

}  // namespace salestream::store
