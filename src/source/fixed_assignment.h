// SPDX-License-Identifier: Apache-2.0
// Partitions that never move: worker w of n has every n-th one. For sources without a consumer group.
#pragma once

#include <vector>

#include "base/result.h"
#include "source/source.h"

namespace salestream::source {

class FixedAssignment {
 public:
  FixedAssignment(int worker, int workers, int partitions, AssignmentListener& listener) : listener_(listener) {
    for (int p = worker; p < partitions; p += workers) partitions_.push_back(p);
  }

  bool is_open() const { return is_open_; }
  base::Result<std::vector<ResumePoint>> open() {
    is_open_ = true;
    return listener_.on_assigned(partitions_);
  }
  base::Status close() {
    if (!is_open_) return {};
    is_open_ = false;
    return listener_.on_revoked();
  }

 private:
  AssignmentListener& listener_;
  std::vector<core::PartitionId> partitions_;
  bool is_open_ = false;
};

}  // namespace salestream::source
