// SPDX-License-Identifier: Apache-2.0
// A person with cqlsh: changes, deletes and adds totals rows, with the clock's time as timestamp, and repairs them; a
// repair may be frozen, or killed between any two of its steps. One thread.
#pragma once

#include <memory>
#include <vector>

#include "instance_store.h"

namespace salestream::simulation {

class Person {
 public:
  Person(Random& random, Scheduler& scheduler, SimulatedStore& store)
      : random_(random), scheduler_(scheduler), store_(store), only_repairs_(random.one_in(3)) {}

  // One thing; what it was, for people.
  const char* act();

  void begin_repair();
  void thaw_repairs();
  bool is_busy() const;  // repairing, or writing by hand
  // Whether no repair that began after the last edit has been finished.
  bool needs_repair() const;
  // Whether such a repair was killed, and has only to be finished.
  bool can_be_finished() const;

  int edits() const { return edits_; }
  int repairs() const { return static_cast<int>(repairs_.size()); }

 private:
  struct Repair {
    InstanceId id;
    std::unique_ptr<InstanceStore> store;
    int edits = 0;                          // before it
    store::TimestampUs totals_base_us = 0;  // that it has decided, as far as it knows
    bool has_ended = false;
  };

  const char* edit();
  Repair* any_repair();
  std::unique_ptr<InstanceStore> machine();
  bool has_decided(store::Generation totals) const;

  Random& random_;
  Scheduler& scheduler_;
  SimulatedStore& store_;
  std::vector<std::unique_ptr<InstanceStore>> sessions_;
  std::vector<std::unique_ptr<Repair>> repairs_;
  const bool only_repairs_;
  int edits_ = 0;  // that two replicas have
  int edits_under_way_ = 0;
};

}  // namespace salestream::simulation
