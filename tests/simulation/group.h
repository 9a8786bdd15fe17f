// SPDX-License-Identifier: Apache-2.0
// A consumer group and its readers: partitions move from one instance to another, and not each instance hears of it in
// time. Who is asked gives its partitions back; who is frozen, slow or cut off learns only later that they are gone,
// and reads on meanwhile. One thread.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "history.h"
#include "random.h"
#include "scheduler.h"
#include "source/source.h"

namespace salestream::simulation {

class Group {
 public:
  struct Member {
    InstanceId id = 0;
    bool must_give_back = false;  // it has been asked
    bool is_lost = false;         // its partitions were given away without asking it
    std::int64_t learns_at_us = 0;
    std::optional<std::vector<core::PartitionId>> granted;
    bool is_dead = false;  // and nobody has noticed yet
  };

  Group(Random& random, Scheduler& scheduler, int partitions)
      : random_(random), scheduler_(scheduler), partitions_(partitions) {}

  void join(InstanceId id);
  void leave(InstanceId id);
  void died(InstanceId id);
  void given_back(InstanceId id);
  Member* find(InstanceId id);
  bool is_empty() const { return members_.empty(); }
  void expel_all() {
    members_.clear();
    is_waiting_ = false;
  }

  // Partitions move now, whatever for.
  void rebalance();
  // Time goes on: who was waited for long enough is taken for gone, the dead are noticed.
  void tick();
  bool is_settled() const;

  std::uint32_t unaware_one_in = 0;  // of those that should have been asked

 private:
  void grant();

  Random& random_;
  Scheduler& scheduler_;
  const int partitions_;
  std::vector<Member> members_;
  bool is_waiting_ = false;  // for partitions to be given back
  std::int64_t waits_until_us_ = 0;
};

// The reader of one instance.
class SimulatedReader final : public source::Reader {
 public:
  SimulatedReader(InstanceId id, const History& history, Group& group, Random& random, Scheduler& scheduler,
                  source::AssignmentListener& listener)
      : id_(id), history_(history), group_(group), random_(random), scheduler_(scheduler), listener_(listener) {}

  base::Status poll(core::MessageBatch& batch, std::chrono::milliseconds wait) override;
  void set_paused(bool paused) override { is_paused_ = paused; }
  bool is_finished() const override { return false; }
  void commit(const std::vector<core::PartitionProgress>&) override {}
  base::Status close() override;

  bool is_idle() const { return is_idle_; }  // at its last look there was nothing for it

 private:
  struct Place {
    core::PartitionId partition = 0;
    std::size_t next = 0;  // message
    bool has_told_end = false;
  };

  base::Status follow_group();
  void fill(core::MessageBatch& batch);

  const InstanceId id_;
  const History& history_;
  Group& group_;
  Random& random_;
  Scheduler& scheduler_;
  source::AssignmentListener& listener_;
  bool has_assignment_ = false;
  bool is_paused_ = false;
  bool is_idle_ = false;
  std::vector<Place> places_;
};

}  // namespace salestream::simulation
