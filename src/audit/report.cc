// SPDX-License-Identifier: Apache-2.0
#include "audit/report.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace salestream::audit {

void DifferenceList::push_back(Difference difference) {
  ++count_;
  kept_.push_back(std::move(difference));
  if (most_ > 0 && kept_.size() >= 2 * most_) sort();
}

void DifferenceList::sort() {
  std::stable_sort(kept_.begin(), kept_.end(), [](const Difference& a, const Difference& b) {
    // A rejected message's key is its offset: shorter ones are smaller.
    const auto place = [](const Difference& d) {
      return std::tuple(d.table, d.table == "rejects" ? d.partitions : std::vector<core::PartitionId>{},
                        d.table == "rejects" ? d.key.front().size() : 0, d.key, d.partitions);
    };
    return place(a) < place(b);
  });
  if (most_ > 0 && kept_.size() > most_) kept_.resize(most_);
}

void DifferenceList::append(DifferenceList&& more) {
  count_ += more.count_;
  for (Difference& each : more.kept_)
    if (most_ == 0 || kept_.size() < most_) kept_.push_back(std::move(each));
}

bool Report::is_whole() const {
  return std::all_of(partitions.begin(), partitions.end(), [](const PartitionReport& p) { return p.is_whole(); });
}

core::Counters Report::counted() const {
  core::Counters sum;
  for (const PartitionReport& p : partitions) sum += p.counted;
  return sum;
}

}  // namespace salestream::audit
