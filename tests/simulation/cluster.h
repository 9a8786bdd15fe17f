// SPDX-License-Identifier: Apache-2.0
// A last-write-wins store of three replicas, as Cassandra is one: a write goes to all, is acknowledged when two have
// it, and reaches the others later, or never; a read asks two, and brings them to agree before it answers (blocking
// read repair). Messages between a client and a replica are delayed, lost, repeated and reordered. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "random.h"
#include "scheduler.h"
#include "store/timestamps.h"

namespace salestream::simulation {

using RowId = std::uint32_t;

inline constexpr store::TimestampUs kNoRow = INT64_MIN;

// A row of any table. Its columns are bytes as values.h has them, one column after the other. A deleted one is a
// tombstone.
struct Row {
  store::TimestampUs timestamp_us = kNoRow;
  std::uint32_t columns_begin = 0;  // among the cluster's bytes
  std::uint32_t columns_bytes : 31 = 0;
  std::uint32_t is_deleted : 1 = 0;

  bool exists() const { return timestamp_us != kNoRow && is_deleted == 0; }
};

class Cluster {
 public:
  static constexpr int kReplicas = 3;

  Cluster(Random& random, Scheduler& scheduler);

  RowId add_row();
  Row make_row(store::TimestampUs timestamp_us, std::string_view columns);
  static Row make_tombstone(store::TimestampUs timestamp_us) { return {.timestamp_us = timestamp_us, .is_deleted = 1}; }
  // Until the next row is made.
  std::string_view columns(const Row& row) const {
    return std::string_view(bytes_).substr(row.columns_begin, row.columns_bytes);
  }

  // Chance of a message to be lost, or late, and replicas that are unavailable: set by the schedule.
  struct NetworkFaults {
    std::uint32_t lost_one_in = 0;
    std::uint32_t late_one_in = 0;
    std::uint32_t repeated_one_in = 0;
    int slow_replica = -1;
    std::array<bool, kReplicas> is_down{};
  };
  NetworkFaults network_faults;
  // What a mutant changes.
  int acknowledgements = 2;
  bool repairs_on_read = true;

  struct Write {
    RowId row;
    Row value;
  };
  // From within a task: all of them, at most `window` at a time. False: not all were acknowledged; any of them may be,
  // or get, stored all the same.
  bool write(std::span<const Write> writes, int window);
  // From within a task: one request for each of `sizes`, for so many of `rows`, one after the other. False: no quorum
  // answered.
  bool read(std::span<const RowId> rows, std::span<const std::uint32_t> sizes, int window, std::vector<Row>& out);

  // The next of what is under way; false when nothing is.
  bool deliver_one();
  bool deliver_late();  // one of the late ones
  std::size_t under_way() const { return under_way_.size(); }
  std::size_t late() const { return late_.size(); }
  // A client was killed: what it has sent is on its way or was never sent.
  void forget_killed(InstanceId client);

  // Past everything: for the beginning and the end of a schedule.
  void put_everywhere(RowId row, const Row& value);
  Row merged(RowId row, int replica_a, int replica_b);
  bool do_pairs_agree();  // whether it makes no difference which two replicas are asked

  struct Counts {
    std::int64_t writes = 0, late = 0, failed_operations = 0, repairs = 0, fenced = 0;
  };
  const Counts& counts() const { return counts_; }

 private:
  struct Message {
    enum class Kind : std::uint8_t { kWrite, kRead, kRepair } kind;
    std::uint8_t replica;
    std::uint32_t item;  // in items_
    RowId row;           // of a write
    Row value;
  };
  // One row's write, or one request's rows.
  struct Item {
    std::uint32_t operation = 0;
    std::uint32_t ids_begin = 0;  // of a read: in read_ids_
    std::uint32_t size = 1;       // rows
    int outstanding = 0;          // messages that can still answer
    int answers = 0;
    int awaited = 0;  // answers that make it complete
    bool is_read = false;
    bool is_repairing = false;
    bool is_done = false;
    std::array<std::uint8_t, 2> asked{};
    std::uint32_t rows_begin = 0;  // in rows_: the answers of two replicas, one after the other; then the result
  };
  struct Operation {
    Scheduler::Task* task = nullptr;
    int unfinished = 0;
    bool has_failed = false;
    bool is_orphan = false;  // its client was killed
  };

  std::uint32_t begin_operation();
  bool await(std::uint32_t operation, int most_unfinished);
  bool end_operation(std::uint32_t operation);
  void send_write(std::uint32_t item, int replica, Message::Kind kind, RowId row, const Row& value);
  void send_reads(std::uint32_t item);
  void arrive(const Message& message);
  void take_answer(Item& item, const Message& message);
  void compare_answers(std::uint32_t item);
  void settle(std::uint32_t item);

  Random& random_;
  Scheduler& scheduler_;
  // Last write wins; of two with the same timestamp a deletion, and otherwise column by column the greater bytes.
  void merge(Row& into, const Row& row);
  bool is_same(const Row& a, const Row& b) const;

  std::string bytes_;                               // the columns of all rows that were ever written
  std::vector<std::array<Row, kReplicas>> stored_;  // by RowId
  std::vector<Message> under_way_;
  std::vector<Message> late_;
  std::vector<Item> items_;
  std::vector<Operation> operations_;
  std::vector<RowId> read_ids_;
  std::vector<Row> rows_;
  Counts counts_;
};

}  // namespace salestream::simulation
