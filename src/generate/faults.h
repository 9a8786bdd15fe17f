// SPDX-License-Identifier: Apache-2.0
// What goes wrong in real topics, at given rates, and which of it stands at an offset: a pure function of (seed,
// partition, offset), drawn apart from the orders, which are the same with and without faults. Values; any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "core/message.h"

namespace salestream::generate {

// Each between 0 and 1: the share of messages that have it.
struct Faults {
  double duplicate = 0;    // repeats a recent message of its partition, byte for byte
  double malformed = 0;    // can't be counted
  double wrong_total = 0;  // the order's own total is not the sum of its items
  double late = 0;         // the order was made days before those around it

  friend bool operator==(const Faults&, const Faults&) = default;
};

// From "duplicate=0.01,malformed=0.001,wrong_total=0.01,late=0.01"; what is not named is 0.
base::Result<Faults> parse_faults(std::string_view text);

// How far back a duplicate reaches, in messages.
inline constexpr std::int64_t kMaxDuplicateDistance = 100;
inline constexpr std::int64_t kMaxLateS = 30 * 86'400;

struct DrawnFaults {
  core::Offset origin = 0;  // the message at this offset is repeated, when it isn't the offset itself
  bool malformed = false;
  std::int64_t wrong_total_cents = 0;  // to be added to the order's own total; 0: the total is right
  std::int64_t late_s = 0;             // how much earlier the order was made
};

// What is wrong with the message at `offset`; all but `origin` belongs to the message at the origin.
DrawnFaults draw_faults(const Faults& faults, std::uint64_t seed, core::PartitionId partition, core::Offset offset);

}  // namespace salestream::generate
