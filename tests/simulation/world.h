// SPDX-License-Identifier: Apache-2.0
// One schedule: orders appear, instances count them, and everything that can happen to them happens, as the seed has
// it. Then all troubles end, what is under way arrives, and the store must hold the exact truth. The same seed and
// rules are the same schedule, step by step. One thread.
#pragma once

#include <cstdint>
#include <string>

#include "instance_store.h"

namespace salestream::simulation {

// What happened; for making sure that a simulation is about something. Values add up.
struct Stats {
  std::int64_t steps = 0;
  std::int64_t messages = 0;
  std::int64_t crashes = 0;
  std::int64_t freezes = 0;
  std::int64_t rebalances = 0;
  std::int64_t resets = 0;
  std::int64_t edits = 0;     // of totals rows by hand
  std::int64_t repairs = 0;   // of totals rows
  std::int64_t restarts = 0;  // of instances that had ended by themselves
  std::int64_t row_writes = 0;
  std::int64_t late_writes = 0;    // to a replica: after the client had its answer
  std::int64_t fenced_writes = 0;  // that a replica had something newer than
  std::int64_t failed_operations = 0;
  std::int64_t read_repairs = 0;

  void add(const Stats& other);
};

struct Outcome {
  std::string trouble;  // empty: the exact truth
  Stats happened;
};

struct RunOptions {
  bool checks_each_write = true;  // a cell that the source can't give is a failure as soon as it is written
  bool is_traced = false;         // tells what happens, on stderr
};

Outcome run_schedule(std::uint64_t seed, const Rules& rules, const RunOptions& options);

}  // namespace salestream::simulation
