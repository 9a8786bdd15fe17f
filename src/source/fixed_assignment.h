// SPDX-License-Identifier: Apache-2.0
// Partitions that never move: worker w of n has every n-th one. For sources without a consumer group.
#pragma once

#include <vector>

#include "base/result.h"
#include "source/source.h"

namespace salestream::source {

class FixedAssignment {
 public:
  FixedAssignment(int worker, int workers, int partitions, Assignments& assignments) : assignments_(assignments) {
    for (int p = worker; p < partitions; p += workers) partitions_.push_back(p);
  }

  bool is_open() const { return is_open_; }
  base::Result<std::vector<ResumePoint>> open() {
    is_open_ = true;
    return assignments_.on_assigned(partitions_);
  }
  base::Status close() {
    if (!is_open_) return {};
    is_open_ = false;
    return assignments_.on_revoked();
  }

 private:
  Assignments& assignments_;
  std::vector<core::PartitionId> partitions_;
  bool is_open_ = false;
};

}  // namespace salestream::source
