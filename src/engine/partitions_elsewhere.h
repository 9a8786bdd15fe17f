// SPDX-License-Identifier: Apache-2.0
// A run that is to end where the source ended when it started has to see all of the
// source counted, also the partitions that the consumer group has given to other members: one that was killed keeps its
// own until its session times out. This tells whether they have been counted. Owned by the thread that calls it, which
// waits for the store's answer.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <set>

#include "base/logging.h"
#include "engine/fingerprint_check.h"
#include "source/source.h"
#include "store/store.h"

namespace salestream::engine {

class PartitionsElsewhere {
 public:
  // `source` and `warnings` outlive it.
  PartitionsElsewhere(const SourceAtStart& at_start, source::Source& source, std::unique_ptr<store::Session> session,
                      base::RateLimitedWarnings& warnings);

  // Whether every partition that is not `here`, in this process, has been counted up to where it ended at the start.
  // Asks the store twice a second at the most; what is known stays known.
  bool are_counted(const std::set<core::PartitionId>& here);

 private:
  bool stands_still(core::PartitionId partition, core::Offset next);
  void ask(const std::set<core::PartitionId>& open);

  source::Source& source_;
  std::unique_ptr<store::Session> session_;
  base::RateLimitedWarnings& warnings_;
  EndTargets open_;  // not known to be counted
  std::chrono::steady_clock::time_point asked_{};
  struct Place {
    core::Offset next = core::kNothingYet;
    std::chrono::steady_clock::time_point since{};
  };
  std::map<core::PartitionId, Place> places_;  // where the store last had them
};

}  // namespace salestream::engine
