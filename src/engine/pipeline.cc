// SPDX-License-Identifier: Apache-2.0
#include "engine/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/log.h"
#include "engine/flush_thread.h"
#include "engine/worker.h"

namespace salestream::engine {
namespace {

constexpr std::chrono::milliseconds kLook{20};  // at whether all workers are where they should be
constexpr std::chrono::milliseconds kAskPause{500};  // between two questions to a log or store that does not answer
// A Kafka broker that was frozen, or has just become a leader, may name an end from before for a while.
constexpr std::chrono::seconds kShorterPatience{3};
constexpr int kRejectLinesPerSecond = 5;
constexpr std::chrono::seconds kTroubleLineEvery{5};  // of all workers together

}  // namespace

class Pipeline::Implementation {
 public:
  Implementation(const core::Definition& definition, source::Log& log, store::Store& store, RunOptions options)
      : definition_(definition), log_(log), store_(store), options_(options) {
    options_.limits.workers = std::clamp(options_.limits.workers, 1, std::max(1, log.max_workers()));
  }

  base::Status run() {
    EndTargets targets;
    SALESTREAM_TRY(look_at_log(targets));
    if (stop_) return {};
    std::vector<std::unique_ptr<Worker>> workers;
    std::vector<std::unique_ptr<source::Source>> sources;
    for (int i = 0; i < options_.limits.workers; ++i) {
      SALESTREAM_ASSIGN(auto cell_session, store_.session());
      SALESTREAM_ASSIGN(auto flush_session, store_.session());
      workers.push_back(std::make_unique<Worker>(
          Worker::Parts{definition_, options_.limits, log_.where(), options_.until_end ? &targets : nullptr, reject_log_,
                        trouble_log_, stop_, is_at_end_, std::chrono::steady_clock::now},
          std::move(cell_session), std::make_unique<FlushThread>(std::move(flush_session), trouble_log_)));
    }
    {
      const std::lock_guard lock(mutex_);
      for (auto& worker : workers) workers_.push_back(std::move(worker));
    }
    for (int i = 0; i < options_.limits.workers; ++i) {
      SALESTREAM_ASSIGN(auto source, log_.open(i, options_.limits.workers, workers_[static_cast<std::size_t>(i)]->assignments()));
      sources.push_back(std::move(source));
    }
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < sources.size(); ++i)
      threads.emplace_back([this, i, &sources] {
        base::Status status = workers_[i]->run(*sources[i]);
        const std::lock_guard lock(mutex_);
        if (!status.ok()) {
          if (!failed_) failed_ = std::move(status).error();
          stop_ = true;
        }
        changed_.notify_all();
      });
    watch();
    for (std::thread& thread : threads) thread.join();
    if (failed_) return *std::move(failed_);
    return {};
  }

  void request_stop() {
    stop_ = true;
    changed_.notify_all();
  }

  RunStatus status() const {
    const std::lock_guard lock(mutex_);
    RunStatus sum;
    sum.caught_up = !workers_.empty();
    for (const auto& worker : workers_) {
      const RunStatus one = worker->state().status;
      sum.messages_read += one.messages_read;
      sum.orders += one.orders;
      sum.items += one.items;
      sum.wrong_totals += one.wrong_totals;
      for (std::size_t i = 0; i < sum.rejects.size(); ++i) sum.rejects[i] += one.rejects[i];
      sum.messages_stored += one.messages_stored;
      sum.flushes += one.flushes;
      sum.position_done += one.position_done;
      sum.position_total += one.position_total;
      sum.partitions += one.partitions;
      sum.caught_up = sum.caught_up && one.caught_up;
    }
    return sum;
  }

 private:
  // Asks again while the answer is that somebody is away, until it is another or the run is to stop.
  template <typename Ask>
  auto ask_until_answered(const Ask& ask) {
    auto answer = ask();
    while (!answer.ok() && answer.error().kind == base::ErrorKind::kRetriable && !stop_) {
      trouble_log_.write(base::LogLevel::kWarning, answer.error().message + "; trying again until it works");
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, kAskPause, [&] { return stop_.load(); });
      lock.unlock();
      if (!stop_) answer = ask();
    }
    return answer;
  }

  // Where the log ends now, and whether it can still be the one that the store has counted. Who does not answer is
  // waited for.
  base::Status look_at_log(EndTargets& targets) {
    // The store first: other instances may be counting, and what they have counted by now is in the log that is looked at
    // after it.
    SALESTREAM_ASSIGN(auto session, store_.session());
    const auto stored = ask_until_answered([&] { return session->read_progress(); });
    if (stop_) return {};
    if (!stored.ok()) return stored.error();
    for (const auto believe_at = std::chrono::steady_clock::now() + kShorterPatience;;) {
      const auto ranges = ask_until_answered([&] { return log_.ranges(); });
      if (stop_) return {};
      // A log without an end, or one that is still to come, can be read all the same.
      if (!ranges.ok()) return options_.until_end ? base::Status(ranges.error()) : base::Status();
      targets.clear();
      for (const source::PartitionRange& range : *ranges) targets[range.partition] = range.end;
      base::Status is_same = check_ends(*stored, targets);
      if (is_same.ok() || std::chrono::steady_clock::now() >= believe_at) return is_same;
      trouble_log_.write(base::LogLevel::kWarning, "asking again whether it is so: " + is_same.error().message);
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, kAskPause, [&] { return stop_.load(); });
    }
  }

  base::Status check_ends(const std::vector<core::PartitionProgress>& stored, const EndTargets& ends) const {
    for (const core::PartitionProgress& progress : stored) {
      const auto found = ends.find(progress.partition);
      if (found == ends.end())
        return base::failure(fmt::format(
            "{} has no partition {} any more, and {} messages of it are in the store: it was made anew with fewer "
            "partitions. To count the new one from its beginning, use `salestream reset`; the totals in the store are "
            "unchanged", log_.where(), progress.partition, progress.counters.messages));
      if (found->second < progress.next_offset)
        return base::failure(fmt::format(
            "{} has become shorter than what was counted: partition {} ends at offset {}, and everything before {} is in "
            "the store. It was made anew or cut off. To count the new one from its beginning, use `salestream reset`; the "
            "totals in the store are unchanged", log_.where(), progress.partition, found->second, progress.next_offset));
    }
    return {};
  }

  // Until all workers have ended, or are all at the end that was asked for: a worker that got there first stays in the
  // group, so that its partitions move no more.
  void watch() {
    std::unique_lock lock(mutex_);
    for (;;) {
      const auto all = [&](auto predicate) {
        return std::all_of(workers_.begin(), workers_.end(), [&](const auto& w) { return predicate(w->state()); });
      };
      if (all([](const Worker::State& s) { return s.is_finished; })) return;
      if (options_.until_end && all([](const Worker::State& s) { return s.is_finished || s.is_at_targets; }))
        is_at_end_ = true;
      changed_.wait_for(lock, kLook);
    }
  }

  const core::Definition& definition_;
  source::Log& log_;
  store::Store& store_;
  RunOptions options_;
  base::RateLimitedLog reject_log_{kRejectLinesPerSecond};
  base::RateLimitedLog trouble_log_{1, kTroubleLineEvery, base::RateLimitedLog::LeftOut::kUntold};
  std::atomic<bool> stop_{false};
  std::atomic<bool> is_at_end_{false};

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::optional<base::Error> failed_;
};

Pipeline::Pipeline(const core::Definition& definition, source::Log& log, store::Store& store, RunOptions options)
    : implementation_(std::make_unique<Implementation>(definition, log, store, options)) {}
Pipeline::~Pipeline() = default;

base::Status Pipeline::run() { return implementation_->run(); }
void Pipeline::request_stop() { implementation_->request_stop(); }
RunStatus Pipeline::status() const { return implementation_->status(); }

}  // namespace salestream::engine
