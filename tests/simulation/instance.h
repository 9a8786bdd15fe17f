// SPDX-License-Identifier: Apache-2.0
// One process of the program: the engine's worker and its flusher as two tasks of the scheduler, over a simulated
// source and cluster. The engine and the Cassandra adapter are the real ones. One thread.
#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "base/logging.h"
#include "engine/flusher.h"
#include "engine/worker.h"
#include "group.h"
#include "instance_store.h"

namespace salestream::simulation {

struct Surroundings {
  Random& random;
  Scheduler& scheduler;
  SimulatedStore& store;
  Group& group;
  const std::vector<std::unique_ptr<History>>& histories;  // the last is the source that there is now
  base::RateLimitedWarnings& reject_warnings;
  base::RateLimitedWarnings& warnings;
  std::string* first_untruth;  // null: not looked at
};

class Instance {
 public:
  Instance(Surroundings surroundings, InstanceId id);

  InstanceId id() const { return id_; }
  bool is_alive() const { return !has_ended_; }
  // Its way out, if it was not killed.
  const base::Status& status() const { return status_; }
  // It ended by itself because the store was unavailable, which it should have waited for.
  bool has_given_up() const { return has_given_up_; }
  bool is_idle() const;
  void stop();  // Ctrl+C
  void kill();
  bool is_reaped = false;  // the supervisor of instances has seen that it ended
  const store::cassandra::CurrentGeneration& generation() const { return store_.generation(); }
  void skip_clock_us(std::int64_t us) { clock_jump_us_ += us; }

 private:
  class TaskFlusher;
  void run();
  base::Status run_worker();

  Surroundings with_;
  const InstanceId id_;
  engine::Limits limits_;
  InstanceStore store_;
  std::atomic<bool> is_stopped_{false};
  std::int64_t clock_jump_us_ = 0;
  Scheduler::Task* task_ = nullptr;
  TaskFlusher* flusher_ = nullptr;  // while the worker lives
  SimulatedReader* source_ = nullptr;
  std::atomic<bool> is_at_end_{false};  // never: the simulation's runs have no end of their own
  bool has_ended_ = false;
  bool has_given_up_ = false;
  base::Status status_;
};

}  // namespace salestream::simulation
