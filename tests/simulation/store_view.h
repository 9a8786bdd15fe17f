// SPDX-License-Identifier: Apache-2.0
// What two replicas together hold of a pipeline, read past the adapter: by the names of docs/cassandra.md, and by no
// statement of its own. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/cell.h"
#include "core/order.h"
#include "instance_store.h"

namespace salestream::simulation {

class StoreView {
 public:
  StoreView(SimulatedStore& store, int replica_a, int replica_b);

  std::int32_t generation_number() const { return number_; }
  store::Generation generation() const { return base_; }
  // What its totals rows count from, and whether those that are older have been cleared away.
  store::Generation totals() const { return {std::max(base_.base_us, totals_base_us_)}; }
  bool is_cleared() const { return is_cleared_; }

  struct Total {
    std::string key;
    std::optional<core::Measures> measures;  // nothing when it is not as we write it
    bool is_former = false;                  // not of this generation
  };
  void each_total(std::uint32_t table, const std::function<void(const Total&)>& each);
  // Of this generation. Nothing: it has none.
  std::optional<core::Offset> next_offset(core::PartitionId partition);
  std::optional<core::PartitionProgress> progress(core::PartitionId partition);
  struct KeptReject {
    core::PartitionId partition = 0;
    core::Offset offset = 0;
    std::string reason;
    std::string message;
  };
  void each_reject(const std::function<void(const KeptReject&)>& each);

 private:
  using Columns = std::function<void(const Table& table, std::string_view columns)>;
  void of_progress(core::PartitionId partition, const Columns& each);

  SimulatedStore& store_;
  const int a_, b_;
  std::int32_t number_ = 0;
  store::Generation base_;
  store::TimestampUs totals_base_us_ = 0;
  bool is_cleared_ = false;
};

}  // namespace salestream::simulation
