// SPDX-License-Identifier: Apache-2.0
#include "scheduler.h"

#include <algorithm>

#include "base/check.h"

namespace salestream::simulation {
namespace {

// Stacks are used again in later schedules.
std::vector<std::unique_ptr<Fiber>> spare_fibers;

using State = Scheduler::Task::State;

}  // namespace

Scheduler::~Scheduler() { kill_all(); }

void Scheduler::kill_all() {
  for (auto task = tasks_.rbegin(); task != tasks_.rend(); ++task) {
    if (!(*task)->fiber->has_ended()) (*task)->fiber->cancel();
    spare_fibers.push_back(std::move((*task)->fiber));
  }
  tasks_.clear();
  ready_.clear();
  parked_.clear();
}

Scheduler::Task* Scheduler::spawn(InstanceId owner, std::function<void()> body) {
  if (spare_fibers.empty()) spare_fibers.push_back(std::make_unique<Fiber>());
  auto task = std::make_unique<Task>();
  task->fiber = std::move(spare_fibers.back());
  spare_fibers.pop_back();
  task->fiber->set_body(std::move(body));
  task->owner = owner;
  Task* const result = task.get();
  tasks_.push_back(std::move(task));
  make_ready(result);
  return result;
}

void Scheduler::yield() {
  make_ready(current_);
  current_->fiber->suspend();
}

void Scheduler::block() {
  current_->state = State::kBlocked;
  current_->fiber->suspend();
}

void Scheduler::sleep(std::int64_t us) {
  current_->state = State::kAsleep;
  current_->deadline_us = now_us_ + us;
  next_deadline_us_ = std::min(next_deadline_us_, current_->deadline_us);
  current_->fiber->suspend();
}

void Scheduler::wake(Task* task) {
  if (task->state == State::kBlocked || task->state == State::kAsleep) make_ready(task);
}

void Scheduler::wake_sleepers(InstanceId owner) {
  for (const auto& task : tasks_)
    if (task->owner == owner && task->state == State::kAsleep) make_ready(task.get());
}

void Scheduler::make_ready(Task* task) {
  task->state = State::kReady;
  (is_frozen(task->owner) ? parked_ : ready_).push_back(task);
}

void Scheduler::freeze(InstanceId owner) {
  if (is_frozen_.size() <= static_cast<std::size_t>(owner)) is_frozen_.resize(static_cast<std::size_t>(owner) + 1);
  is_frozen_[static_cast<std::size_t>(owner)] = 1;
  std::erase_if(ready_, [&](Task* task) {
    if (task->owner == owner) parked_.push_back(task);
    return task->owner == owner;
  });
}

void Scheduler::thaw(InstanceId owner) {
  if (!is_frozen(owner)) return;
  is_frozen_[static_cast<std::size_t>(owner)] = 0;
  std::erase_if(parked_, [&](Task* task) {
    if (task->owner == owner) ready_.push_back(task);
    return task->owner == owner;
  });
}

bool Scheduler::is_frozen(InstanceId owner) const {
  return static_cast<std::size_t>(owner) < is_frozen_.size() && is_frozen_[static_cast<std::size_t>(owner)] != 0;
}

void Scheduler::kill(InstanceId owner) {
  const auto is_its = [&](Task* task) { return task->owner == owner; };
  std::erase_if(ready_, is_its);
  std::erase_if(parked_, is_its);
  // The youngest first: an instance's first task holds what the others use.
  for (auto task = tasks_.rbegin(); task != tasks_.rend(); ++task) {
    if ((*task)->owner != owner || (*task)->state == State::kEnded) continue;
    SALESTREAM_CHECK(task->get() != current_);
    (*task)->state = State::kEnded;
    if (!(*task)->fiber->has_ended()) (*task)->fiber->cancel();
  }
}

void Scheduler::run_one() {
  const auto at = random_.below(static_cast<std::uint32_t>(ready_.size()));
  Task* const task = ready_[at];
  ready_[at] = ready_.back();
  ready_.pop_back();
  switch_to(task);
}

void Scheduler::switch_to(Task* task) {
  current_ = task;
  task->fiber->resume();
  current_ = nullptr;
  if (task->fiber->has_ended()) task->state = State::kEnded;
}

bool Scheduler::pass_to_next_deadline() {
  std::int64_t next = INT64_MAX;
  for (const auto& task : tasks_)
    if (task->state == State::kAsleep && !is_frozen(task->owner)) next = std::min(next, task->deadline_us);
  if (next == INT64_MAX) return false;
  now_us_ = std::max(now_us_, next);
  next_deadline_us_ = next;
  wake_due();
  return true;
}

void Scheduler::wake_due() {
  if (now_us_ < next_deadline_us_) return;
  next_deadline_us_ = INT64_MAX;
  for (const auto& task : tasks_) {
    if (task->state != State::kAsleep) continue;
    if (task->deadline_us <= now_us_)
      make_ready(task.get());
    else
      next_deadline_us_ = std::min(next_deadline_us_, task->deadline_us);
  }
}

}  // namespace salestream::simulation
