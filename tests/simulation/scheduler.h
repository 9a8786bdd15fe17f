// SPDX-License-Identifier: Apache-2.0
// The one scheduler of a schedule: which task goes on next, and what time it is. Tasks are fibers of instances; an
// instance's tasks can be frozen, thawed and killed between any two of their steps. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "fiber.h"
#include "random.h"

namespace salestream::simulation {

using InstanceId = int;

class Scheduler {
 public:
  struct Task {
    std::unique_ptr<Fiber> fiber;
    InstanceId owner = 0;
    enum class State : std::uint8_t { kReady, kBlocked, kAsleep, kEnded } state = State::kReady;
    std::int64_t deadline_us = 0;  // while asleep
  };

  explicit Scheduler(Random& random) : random_(random) {}
  ~Scheduler();

  std::int64_t now_us() const { return now_us_; }
  void pass_us(std::int64_t us) { now_us_ += us; }

  Task* spawn(InstanceId owner, std::function<void()> body);

  // From within a task. Each may end the task for good.
  Task* current() { return current_; }
  void yield();
  void block();                 // until wake()
  void sleep(std::int64_t us);  // or until wake()

  // Of a task that has ended, nothing.
  void wake(Task* task);
  // Wakes those that are asleep.
  void wake_sleepers(InstanceId owner);

  void freeze(InstanceId owner);
  void thaw(InstanceId owner);
  bool is_frozen(InstanceId owner) const;
  void kill(InstanceId owner);
  void kill_all();

  std::size_t ready_tasks() const { return ready_.size(); }
  void run_one();
  // To the next deadline of a task that is not frozen; false: nobody is waiting for time to pass.
  bool pass_to_next_deadline();
  void wake_due();

 private:
  void make_ready(Task* task);
  void switch_to(Task* task);

  Random& random_;
  std::int64_t now_us_ = 0;
  std::int64_t next_deadline_us_ = INT64_MAX;  // at most the earliest
  Task* current_ = nullptr;
  std::vector<std::unique_ptr<Task>> tasks_;
  std::vector<Task*> ready_;
  std::vector<Task*> parked_;    // ready, but frozen
  std::vector<char> is_frozen_;  // by owner
};

}  // namespace salestream::simulation
