// SPDX-License-Identifier: Apache-2.0
#include "instance.h"

#include "base/check.h"

namespace salestream::simulation {

// What FlushThread does, as a task: one flush at a time, tried again while the error is retriable.
class Instance::TaskFlusher final : public engine::Flusher {
 public:
  TaskFlusher(Scheduler& scheduler, InstanceId owner, std::unique_ptr<store::Session> session)
      : scheduler_(scheduler), session_(std::move(session)) {
    task_ = scheduler_.spawn(owner, [this] { work(); });
  }

  bool is_busy() const override { return is_busy_; }

  void start(engine::FlushSnapshot snapshot) override {
    SALESTREAM_CHECK(!is_busy_);
    is_busy_ = true;
    to_do_ = std::move(snapshot);
    scheduler_.wake(task_);
  }

  std::optional<Finished> finished(std::chrono::milliseconds wait) override {
    if (!is_busy_) return std::nullopt;
    if (!done_ && wait.count() > 0) {
      waiting_ = scheduler_.current();
      scheduler_.sleep(std::chrono::microseconds(wait).count());
      waiting_ = nullptr;
    }
    if (!done_) return std::nullopt;
    is_busy_ = false;
    return std::exchange(done_, std::nullopt);
  }

  void give_up_retrying() override { has_given_up_ = true; }

  void pause() override { scheduler_.sleep(5'000); }

 private:
  void work() {
    for (;;) {
      while (!to_do_) scheduler_.block();
      engine::FlushSnapshot snapshot = *std::exchange(to_do_, std::nullopt);
      base::Status status = engine::flush(*session_, snapshot);
      while (!status.ok() && status.error().kind == base::ErrorKind::kRetriable && !has_given_up_) {
        scheduler_.sleep(2'000);
        status = engine::flush(*session_, snapshot);
      }
      done_ = Finished{std::move(snapshot), std::move(status)};
      if (waiting_ != nullptr) scheduler_.wake(waiting_);
    }
  }

  Scheduler& scheduler_;
  std::unique_ptr<store::Session> session_;
  Scheduler::Task* task_ = nullptr;
  Scheduler::Task* waiting_ = nullptr;
  bool is_busy_ = false;
  bool has_given_up_ = false;
  std::optional<engine::FlushSnapshot> to_do_;
  std::optional<Finished> done_;
};

Instance::Instance(Surroundings surroundings, InstanceId id)
    : with_(surroundings),
      id_(id),
      store_(with_.store, with_.random.between(-3'600'000, 3'600'000) * 1000LL, with_.random.between(1, 6)) {
  limits_.flush_interval_ms = with_.random.between(1, 60);
  limits_.cells_in_memory_bytes = with_.random.one_in(4) ? 1 : 1 << 20;  // one byte: every clean cell leaves at once
  limits_.rejects_in_memory_bytes = with_.random.one_in(4) ? 2 : 1 << 20;
  // One order at once, or one rejected message, so that batches are counted in slices; or all of them.
  limits_.keys_at_once_bytes = limits_.rejects_in_memory_bytes;
  store_.first_untruth = with_.first_untruth;
  task_ = with_.scheduler.spawn(id, [this] { run(); });
}

void Instance::run() {
  status_ = run_worker();
  with_.group.leave(id_);
  has_ended_ = true;
}

base::Status Instance::run_worker() {
  SALESTREAM_TRY(store_.open());
  if (store_.generation().may_have_older_totals()) with_.scheduler.spawn(id_, [this] { (void)store_.clear_late(); });
  const History& history = *with_.histories.back();
  store_.history = &history;
  const auto clock = [this] {
    return std::chrono::steady_clock::time_point(std::chrono::microseconds(with_.scheduler.now_us() + clock_jump_us_));
  };
  auto flusher = std::make_unique<TaskFlusher>(with_.scheduler, id_, store_.session());
  flusher_ = flusher.get();
  engine::Worker worker({with_.store.parts.the_case.definition, limits_, "the simulated source", nullptr,
                         with_.reject_warnings, with_.warnings, is_stopped_, is_at_end_, clock},
                        store_.session(), std::move(flusher));
  SimulatedReader source(id_, history, with_.group, with_.random, with_.scheduler, worker.listener());
  source_ = &source;
  base::Status status = worker.run(source);
  has_given_up_ = !status.ok() && status.error().kind == base::ErrorKind::kRetriable && !is_stopped_;
  source_ = nullptr;
  flusher_ = nullptr;
  return status;
}

bool Instance::is_idle() const {
  return has_ended_ || (source_ != nullptr && source_->is_idle() && flusher_ != nullptr && !flusher_->is_busy());
}

void Instance::stop() {
  is_stopped_ = true;
  with_.scheduler.wake_sleepers(id_);
}

void Instance::kill() {
  with_.scheduler.kill(id_);
  source_ = nullptr;
  flusher_ = nullptr;
  has_ended_ = true;
  with_.group.died(id_);
}

}  // namespace salestream::simulation
