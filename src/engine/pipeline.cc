// SPDX-License-Identifier: Apache-2.0
#include "engine/pipeline.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <thread>
#include <vector>

#include "base/logging.h"
#include "base/mutex.h"
#include "engine/all_rejected.h"
#include "engine/fingerprint_check.h"
#include "engine/flush_thread.h"
#include "engine/partitions_elsewhere.h"
#include "engine/worker.h"

namespace salestream::engine {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds kLook{20};                          // at whether all workers are where they should be
constexpr std::chrono::seconds kFingerprintCheckPause{5};  // between two looks at whether it is still the same source
constexpr int kRejectLinesPerSecond = 5;
constexpr std::chrono::seconds kTroubleLineEvery{5};  // of all workers together

}  // namespace

class Pipeline::Implementation {
 public:
  Implementation(const core::Definition& definition, source::Source& source, store::Store& store, RunOptions options)
      : definition_(definition),
        source_(source),
        store_(store),
        options_(std::move(options)),
        fingerprint_check_(std::make_shared<FingerprintCheckThread>(source)) {
    options_.limits.workers = std::clamp(options_.limits.workers, 1, std::max(1, source.max_workers()));
  }

  base::Status run() {
    SALESTREAM_ASSIGN(SourceAtStart found, look_at_source({source_, store_, options_.until_end, warnings_, stop_,
                                                           [this](milliseconds time) { pause(time); }}));
    if (stop_) return {};
    const EndTargets& targets = found.ends;
    know(found.fingerprints);
    fingerprint_check_->start(known_fingerprints());
    if (options_.until_end) {
      SALESTREAM_ASSIGN(auto session, store_.session());
      elsewhere_.emplace(found, source_, std::move(session), warnings_);
    }
    std::vector<std::unique_ptr<Worker>> made;
    std::vector<Worker*> workers;  // the same: they last as long as this object
    std::vector<std::unique_ptr<source::Reader>> readers;
    std::vector<std::shared_ptr<Heartbeat>> heartbeat;
    for (int i = 0; i < options_.limits.workers; ++i) {
      heartbeat.push_back(std::make_shared<Heartbeat>());
      SALESTREAM_ASSIGN(auto cell_session, store_.session());
      SALESTREAM_ASSIGN(auto flush_session, store_.session());
      std::unique_ptr<RejectTopic> reject_topic;
      if (options_.make_reject_topic) {
        SALESTREAM_ASSIGN(reject_topic, options_.make_reject_topic());
      }
      made.push_back(std::make_unique<Worker>(
          Worker::Parts{definition_, options_.limits, source_.where(), options_.until_end ? &targets : nullptr,
                        reject_warnings_, warnings_, stop_, is_at_end_, std::chrono::steady_clock::now,
                        [this](const core::PartitionProgress& at, RejectWindow& window) { return recall(at, window); },
                        heartbeat.back(), options_.accept_short_window,
                        options_.is_source_of_lines ? &is_shape_said_ : nullptr, &is_cardinality_said_,
                        &reject_examples_},
          std::move(cell_session),
          std::make_unique<FlushThread>(std::move(flush_session), warnings_, std::move(reject_topic),
                                        heartbeat.back())));
      workers.push_back(made.back().get());
    }
    {
      const base::MutexLock lock(mutex_);
      workers_ = std::move(made);
      heartbeat_ = std::move(heartbeat);
      watch_heartbeat_.emplace();
    }
    for (int i = 0; i < options_.limits.workers; ++i) {
      SALESTREAM_ASSIGN(auto reader,
                        source_.open(i, options_.limits.workers, workers[static_cast<std::size_t>(i)]->listener()));
      readers.push_back(std::move(reader));
    }
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < readers.size(); ++i)
      threads.emplace_back([this, worker = workers[i], &reader = *readers[i]] {
        base::Status status = worker->run(reader);
        const base::MutexLock lock(mutex_);
        if (!status.ok()) {
          if (!failed_) failed_ = std::move(status).error();
          stop_ = true;
        }
        changed_.notify_all();
      });
    watch();
    for (std::thread& thread : threads) thread.join();
    fingerprint_check_->stop_within({});
    const base::MutexLock lock(mutex_);
    if (failed_) return *std::move(failed_);
    return {};
  }

  void request_stop() {
    stop_ = true;
    changed_.notify_all();
  }

  std::shared_ptr<FingerprintCheckThread> fingerprint_check() const { return fingerprint_check_; }

  RunStatus status() const {
    const base::MutexLock lock(mutex_);
    RunStatus sum;
    sum.caught_up = !workers_.empty();
    for (const auto& worker : workers_) sum += worker->state().status;
    return sum;
  }

  std::optional<std::string> all_rejected() const {
    if (stop_) return std::nullopt;
    return describe_all_rejected(status().counters, reject_examples_, 1);
  }

  Measurements measurements() const {
    const base::MutexLock lock(mutex_);
    Measurements sum;
    for (const auto& worker : workers_) sum.add(worker->measurements());
    return sum;
  }

  Health health() const {
    const base::MutexLock lock(mutex_);
    Health health;
    health.has_begun = health.has_assignment = !workers_.empty();
    using Seconds = std::chrono::duration<double>;
    const auto now = Heartbeat::Clock::now();
    const auto look_at = [&](const Heartbeat& heartbeat) {
      health.stalled_for = std::max<Seconds>(health.stalled_for, now - heartbeat.last_beat_at());
      if (const auto since = heartbeat.asking_since())
        health.store_wait = std::max<Seconds>(health.store_wait, now - *since);
    };
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      const Worker::State state = workers_[i]->state();
      if (state.is_finished) continue;  // all of its file is read: it need not move
      health.has_assignment = health.has_assignment && state.has_assignment;
      look_at(*heartbeat_[i]);
    }
    if (watch_heartbeat_) look_at(*watch_heartbeat_);
    return health;
  }

 private:
  // The rejected messages that the store has among the last messages before `at`: a restart begins where the run before
  // it ended, also with its limit of rejected messages. Offsets stand for messages: where some are missing the window
  // is a little smaller. Any thread.
  base::Status recall(const core::PartitionProgress& at, RejectWindow& window) const {
    const core::Offset from = at.next_offset - options_.limits.reject_limit->messages;
    core::Offset next = from;
    SALESTREAM_ASSIGN(const auto inspection, store_.inspect());
    SALESTREAM_TRY(inspection->scan_rejects({.partition = at.partition, .from = from, .end = at.next_offset},
                                            [&](std::span<const core::Reject> page) -> base::Status {
                                              for (const core::Reject& reject : page) {
                                                window.add_good(reject.offset - next);
                                                window.add_reject(reject.offset, reject.reason);
                                                next = reject.offset + 1;
                                              }
                                              return {};
                                            }));
    window.add_good(at.next_offset - next);
    return {};
  }

  void pause(milliseconds time) {
    const base::MutexLock lock(mutex_);
    changed_.wait_for(mutex_, time, [&] { return stop_.load(); });
  }

  // Until all workers have ended, or are all at the end that was asked for: a worker that got there first stays in the
  // group, so that its partitions move no more.
  void watch() {
    const base::MutexLock lock(mutex_);
    for (;;) {
      const bool are_finished =
          std::all_of(workers_.begin(), workers_.end(), [](const auto& worker) { return worker->state().is_finished; });
      if (are_finished) return;
      if (!options_.until_end && !has_looked_at_rejects_) look_at_rejects();
      look_after_fingerprints(options_.until_end && is_all_read());
      watch_heartbeat_->beat();
      changed_.wait_for(mutex_, kLook);
    }
  }

  // Once, of a run that goes on: as soon as it is known whether anything counts.
  void look_at_rejects() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    core::Counters counters;
    for (const auto& worker : workers_) counters += worker->state().status.counters;
    const auto said = describe_all_rejected(counters, reject_examples_, kFewestRejectsToSay);
    if (said) base::log_error(source_.where() + ": " + *said);
    has_looked_at_rejects_ = said || counters.orders > 0 || counters.duplicates > 0 || counters.left_out() > 0;
  }

  // Here, and by the other members of the group. The lock is not held while the store is asked.
  bool is_all_read() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::set<core::PartitionId> here;
    for (const auto& worker : workers_) {
      const Worker::State state = worker->state();
      if (!state.is_finished && !state.is_at_targets) return false;
      if (state.partitions) here.insert(state.partitions->begin(), state.partitions->end());
    }
    if (is_at_end_ || stop_) return true;
    mutex_.unlock();
    const bool are_counted = elsewhere_->are_counted(here);
    mutex_.lock();
    return are_counted;
  }

  // The source may be recreated under the same name while it is read, and nobody tells. Under the lock. A run that is
  // to end when all is read has one more look at the source after that, which covers all it has counted. It does not
  // wait for a source that is unavailable: if the look that was under way got no answer, the next would get none
  // either.
  void look_after_fingerprints(bool is_all_read) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const std::optional<base::Status> finished = fingerprint_check_->finished();
    if (finished) fingerprint_check_ended_ = std::chrono::steady_clock::now();
    const bool is_unavailable = finished && !finished->ok() && finished->error().kind == base::ErrorKind::kRetriable;
    if (finished && !finished->ok() && !is_unavailable) {
      if (!failed_) failed_ = finished->error();
      stop_ = true;
    }
    if (!is_all_read) is_last_fingerprint_check_ = false;
    if (stop_ || is_at_end_ || fingerprint_check_->is_busy()) return;
    if (is_all_read && (is_last_fingerprint_check_ || is_unavailable)) {
      is_at_end_ = true;
    } else if (is_all_read || std::chrono::steady_clock::now() - fingerprint_check_ended_ >= kFingerprintCheckPause) {
      is_last_fingerprint_check_ = is_all_read;
      for (const auto& worker : workers_) know(worker->fingerprints());
      fingerprint_check_->start(known_fingerprints());
    }
  }

  // Also those of partitions that no worker has any more: a topic that is gone for a moment takes all of them away.
  void know(const std::vector<LogFingerprint>& fingerprints) {
    for (const LogFingerprint& fingerprint : fingerprints) fingerprints_[fingerprint.partition] = fingerprint;
  }

  std::vector<LogFingerprint> known_fingerprints() const {
    std::vector<LogFingerprint> all;
    for (const auto& [partition, fingerprint] : fingerprints_) all.push_back(fingerprint);
    return all;
  }

  const core::Definition& definition_;
  source::Source& source_;
  store::Store& store_;
  RunOptions options_;
  base::RateLimitedWarnings reject_warnings_{kRejectLinesPerSecond};
  base::RateLimitedWarnings warnings_{1, kTroubleLineEvery, base::RateLimitedWarnings::LeftOut::kSuppressed};
  std::atomic<bool> stop_{false};
  std::atomic<bool> is_at_end_{false};
  std::atomic<bool> is_shape_said_{false};
  std::atomic<bool> is_cardinality_said_{false};
  RejectExamples reject_examples_;

  mutable base::Mutex mutex_;
  base::CondVar changed_;
  std::vector<std::unique_ptr<Worker>> workers_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Heartbeat>> heartbeat_ ABSL_GUARDED_BY(mutex_);  // of each worker
  std::optional<Heartbeat> watch_heartbeat_ ABSL_GUARDED_BY(mutex_);           // of watch()
  std::optional<base::Error> failed_ ABSL_GUARDED_BY(mutex_);

  // The thread's that calls run().
  std::shared_ptr<FingerprintCheckThread> fingerprint_check_;
  std::map<core::PartitionId, LogFingerprint> fingerprints_;
  std::chrono::steady_clock::time_point fingerprint_check_ended_{};
  std::optional<PartitionsElsewhere> elsewhere_;  // of a run that is to end
  bool is_last_fingerprint_check_ = false;        // it began when all was read
  bool has_looked_at_rejects_ = false;            // something counted, or it was said that nothing does
};

Pipeline::Pipeline(const core::Definition& definition, source::Source& source, store::Store& store, RunOptions options)
    : implementation_(std::make_unique<Implementation>(definition, source, store, std::move(options))) {}
Pipeline::~Pipeline() = default;

base::Status Pipeline::run() { return implementation_->run(); }
void Pipeline::request_stop() { implementation_->request_stop(); }
RunStatus Pipeline::status() const { return implementation_->status(); }
std::optional<std::string> Pipeline::all_rejected() const { return implementation_->all_rejected(); }
Measurements Pipeline::measurements() const { return implementation_->measurements(); }
Health Pipeline::health() const { return implementation_->health(); }
std::shared_ptr<FingerprintCheckThread> Pipeline::fingerprint_check() const {
  return implementation_->fingerprint_check();
}

}  // namespace salestream::engine
