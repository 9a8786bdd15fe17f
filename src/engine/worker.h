// SPDX-License-Identifier: Apache-2.0
// A worker: reads its partitions, folds what it reads into its cells, and has them flushed. Share-nothing: source,
// cells and store sessions are its own; workers meet in the store and in the consumer group only. Everything but the
// functions marked "any thread" belongs to the thread that calls run().
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/logging.h"
#include "base/mutex.h"
#include "base/result.h"
#include "core/definition.h"
#include "engine/all_rejected.h"
#include "engine/assigned_partitions.h"
#include "engine/batch_marks.h"
#include "engine/fingerprint_check.h"
#include "engine/flusher.h"
#include "engine/limits.h"
#include "engine/measurements.h"
#include "engine/run_status.h"
#include "engine/tally.h"
#include "engine/unflushed.h"
#include "source/source.h"
#include "store/store.h"

namespace salestream::engine {

class Worker final : private source::AssignmentListener {
 public:
  struct Parts {
    const core::Definition& definition;
    const Limits& limits;
    std::string source_name;                     // for messages: "topic ecommerce_sales"
    const EndTargets* targets;                   // nullptr: without an end
    base::RateLimitedWarnings& reject_warnings;  // these are shared by all workers
    base::RateLimitedWarnings& warnings;
    std::atomic<bool>& stop;       // somebody wants it, who does not wait for a store that is unavailable
    std::atomic<bool>& is_at_end;  // everybody has reached the targets: what was read is flushed, however long it takes
    std::function<std::chrono::steady_clock::time_point()> clock;  // decides when to flush, never what is counted
    RecallRejects recall_rejects = {};                             // needed where there is a limit of rejected messages
    std::shared_ptr<Heartbeat> heartbeat = std::make_shared<Heartbeat>();  // its own, and its flusher's
    bool accept_short_window = false;                                      // as RunOptions has it
    // What a source of lines looks like, by any worker; nullptr: it is none.
    std::atomic<bool>* is_shape_said = nullptr;
    // That there are far more totals than memory has room for, by any worker; nullptr: nobody says it.
    std::atomic<bool>* is_cardinality_said = nullptr;
    RejectExamples* reject_examples = nullptr;  // of all workers; nullptr: nobody asks for them
  };

  // `cell_session` reads cells and progress, on the worker's thread; the flusher has a session of its own.
  Worker(Parts parts, std::unique_ptr<store::Session> cell_session, std::unique_ptr<Flusher> flusher);
  ~Worker() override;

  // What its source tells of assignments.
  source::AssignmentListener& listener() { return *this; }

  // Until a flag of these is set, the source has ended for good, or an error. Then everything read is flushed.
  base::Status run(source::Reader& source);

  // Any thread.
  struct State {
    RunStatus status;
    bool has_assignment = false;
    std::shared_ptr<const std::vector<core::PartitionId>> partitions;  // that it has
    bool is_at_targets = false;                                        // every partition it has was read to its target
    bool is_finished = false;
  };
  State state() const;

  // Any thread.
  Measurements measurements() const;

  // Any thread. By which to tell the source of its partitions from another.
  std::vector<LogFingerprint> fingerprints() const;

 private:
  // Of the batch in hand.
  enum class BatchStage : std::uint8_t {
    kCounted,  // or there is none
    kRead,
    kSliced,  // a slice of it is counted, and the next one may have to wait for room
    kMarked,  // a slice of it waits for its cells
  };

  base::Result<std::vector<source::ResumePoint>> on_assigned(const std::vector<core::PartitionId>& partitions) override;
  base::Status on_revoked() override;
  void on_lost() override;

  base::Status step(source::Reader& source);
  base::Status read_batch(source::Reader& source);
  base::Status count_batch();
  base::Status count_slice();
  base::Result<bool> fold_batch();
  void count_messages();
  void warn_of_cardinality();
  void say_what_it_looks_like(const core::Message& message) const;
  void keep_reject(const core::Message& message, const decode::DecodedReject& reject);

  template <typename Attempt>
  auto ask_store(const Attempt& attempt) -> decltype(attempt());
  bool wants_flush() const;
  bool is_full() const;
  std::int64_t most_reject_bytes() const { return parts_.limits.rejects_in_memory_bytes / 2; }  // not flushed yet
  FlushSnapshot take_snapshot();
  void begin_flush(FlushSnapshot snapshot);
  base::Status take_finished_flush(std::chrono::milliseconds wait);
  base::Status flush_everything();
  void forget_partitions();
  void measure_cells();
  void publish();

  const Parts parts_;
  std::unique_ptr<store::Session> cell_session_;
  std::unique_ptr<Flusher> flusher_;
  Tally tally_;
  AssignedPartitions assignment_;
  source::Reader* source_ = nullptr;

  core::MessageBatch batch_;
  BatchMarks marks_;
  BatchStage batch_stage_ = BatchStage::kCounted;
  bool was_idle_ = false;  // the last poll brought little: nothing is gained by waiting for more
  bool is_paused_ = false;
  bool has_failed_ = false;                                // a flush did, for good
  std::chrono::steady_clock::time_point waiting_since_{};  // for room, or for cells of the batch

  Unflushed unflushed_;
  std::int64_t messages_in_flush_ = 0;  // that is under way
  std::int64_t reject_bytes_in_flush_ = 0;
  std::chrono::steady_clock::time_point last_flush_began_{};

  RunStatus status_;
  Measurements measurements_;
  mutable base::Mutex published_mutex_;
  State published_ ABSL_GUARDED_BY(published_mutex_);
  Measurements published_measurements_ ABSL_GUARDED_BY(published_mutex_);
  std::vector<LogFingerprint> published_fingerprints_ ABSL_GUARDED_BY(published_mutex_);
};

}  // namespace salestream::engine
