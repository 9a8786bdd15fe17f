// SPDX-License-Identifier: Apache-2.0
// The interface to where orders come from: a Source is one topic, file, stream or generator, with partitions; a Reader
// reads some of them for one worker. A Source is thread-safe where it says so, a Reader has one thread. Errors are
// texts for the user; a retriable one may pass.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/cell.h"
#include "core/message.h"

namespace salestream::source {

// What of a partition can be read now: offsets [start, end).
struct PartitionRange {
  core::PartitionId partition = 0;
  core::Offset start = 0;
  core::Offset end = 0;
  // Offsets from `end` on that may not be read yet, since a transaction is open: Kafka's high watermark less its last
  // stable offset; 0 where it was not asked for. What stands behind that transaction waits too, be it of another
  // producer.
  std::int64_t held_back = 0;
};

// What tells one message from another in its place.
struct MessageAt {
  core::Offset offset = 0;
  std::int64_t timestamp_ms = -1;  // -1: the source has none
  std::uint64_t checksum = 0;      // core::checksum of its payload
};

// Where to go on with a partition.
struct ResumePoint {
  core::PartitionId partition = 0;
  // Nothing: the partition was never read, so from its first message. Otherwise the reader delivers the message at
  // last_offset once more, when it still exists, so that the caller can tell whether it is still the same source, and
  // goes on from there.
  std::optional<core::PartitionProgress> progress;
  // With `deduplicate`, where progress->window_offset is further back than that: from there on, so that the caller sees
  // the ids that came before. That these messages have expired is an error, unless `window_may_be_short`.
  bool window_may_be_short = false;

  // With progress.
  core::Offset first_to_read() const {
    const core::Offset last = progress->last_offset;
    return progress->window_offset == core::kNothingYet ? last : std::min(progress->window_offset, last);
  }
};

// Hears which partitions a Reader reads. Called by Reader::poll() and Reader::close(), on the thread that called them.
class AssignmentListener {
 public:
  virtual ~AssignmentListener() = default;

  // The reader has these partitions from now on: where does each go on?
  virtual base::Result<std::vector<ResumePoint>> on_assigned(const std::vector<core::PartitionId>& partitions) = 0;

  // All partitions are about to go to other readers: the last chance to save what was read of them.
  virtual base::Status on_revoked() = 0;

  // All partitions went to other readers some time ago: what was not saved is theirs to count.
  virtual void on_lost() = 0;
};

// One worker's reader. Owned and called by one thread.
class Reader {
 public:
  virtual ~Reader() = default;

  // Fills `batch`, cleared first, with what is there, in the order of offsets within each partition; waits at most
  // `wait` for the first message. An unavailable broker is logged and waited for in here; an error means that the
  // source is not what it was, or can never be read.
  virtual base::Status poll(core::MessageBatch& batch, std::chrono::milliseconds wait) = 0;

  // While paused, poll() brings no messages but keeps this reader a living member of its group.
  virtual void set_paused(bool paused) = 0;

  // Nothing will ever come again (standard input at its end).
  virtual bool is_finished() const = 0;

  // These messages are in the store: for people who watch the group's lag. Never waits, never fails: nothing depends on
  // it.
  virtual void commit(const std::vector<core::PartitionProgress>& progress) = 0;

  // Gives the partitions back (on_revoked is called) and leaves the group.
  virtual base::Status close() = 0;
};

// Where orders come from as a whole: its identity, its partitions, and readers for them.
class Source {
 public:
  virtual ~Source() = default;

  // Which source this is, e.g. "kafka topic ecommerce_sales": kept with the totals, which never mix two sources.
  virtual std::string identity() const = 0;

  // For messages: "topic ecommerce_sales at localhost:9092".
  virtual std::string where() const = 0;

  // The partitions and their ranges now. Thread-safe.
  virtual base::Result<std::vector<PartitionRange>> ranges() = 0;
  // With what is held back of each, for people: that takes one more question each. Thread-safe.
  virtual base::Result<std::vector<PartitionRange>> ranges_with_held_back() { return ranges(); }

  // The message at `offset`, or the next after it; nothing when there is none, or where it can't be told. Thread-safe.
  virtual base::Result<std::optional<MessageAt>> message_at(core::PartitionId partition, core::Offset offset) = 0;

  // The members that its consumer group has now, on whatever machine, for messages; empty where there is no group.
  virtual base::Result<std::vector<std::string>> readers() { return std::vector<std::string>{}; }

  // How many workers can share the work; the generator and a file have a fixed number of partitions.
  virtual int max_workers() const = 0;

  // A reader for worker `worker` of `workers`. `listener` outlives it. Thread-safe.
  virtual base::Result<std::unique_ptr<Reader>> open(int worker, int workers, AssignmentListener& listener) = 0;
};

}  // namespace salestream::source
