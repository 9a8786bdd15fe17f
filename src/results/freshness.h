// SPDX-License-Identifier: Apache-2.0
// What the totals are worth at a moment, and what is waited for if they lack something. Worked out here alone: the
// page, the API, /readyz, metrics, the terminal and `status` say the same. Pure values; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace salestream::results {

enum class Freshness : std::uint8_t {
  kStarting,          // not known yet: the store was not read, or the source has not said where it ends
  kUpToDate,          // every message that the source had at the last look is in the store, which answers
  kCatchingUp,        // messages are still to be counted
  kEndless,           // counting; the source has no end that the totals could be behind
  kTransactionOpen,   // all that may be read is in the store; more waits behind a transaction that is open
  kWaitingForStore,   // the store fails, or has not done for a while what it was asked
  kWaitingForSource,  // the source does not answer
  kStopping,
  kEnded,  // the run is over: nothing will be counted any more
};

inline constexpr Freshness kAllFreshness[] = {
    Freshness::kStarting,         Freshness::kUpToDate,        Freshness::kCatchingUp,
    Freshness::kEndless,          Freshness::kTransactionOpen, Freshness::kWaitingForStore,
    Freshness::kWaitingForSource, Freshness::kStopping,        Freshness::kEnded};

// As the API and metrics name it: "up_to_date".
const char* name_of(Freshness freshness);

// A question that has gone without an answer for longer is not taken for answered.
inline constexpr std::chrono::seconds kMaxSilence{5};

// For how long the store has not done or answered what it was asked: by the requests of a run, and by a look at it that
// is under way (nothing: none is). A look that takes long because there is much to read makes the store no less well.
using Seconds = std::chrono::duration<double>;
Seconds store_wait_of(Seconds requests, std::optional<Seconds> look, Seconds usual_look);

// What is known. The defaults are those of a command that only reads: it is neither starting nor stopping.
struct FreshnessFacts {
  bool has_ended = false;
  bool is_stopping = false;
  bool has_begun = true;          // source and store were looked at, and it is said which partitions are whose
  bool is_store_read = false;     // totals and progress were, once
  bool is_store_failing = false;  // the last try to read it failed
  Seconds store_wait{};           // see store_wait_of()
  bool has_end = true;            // the source has an end that the totals could be behind
  bool is_source_silent = false;
  std::optional<std::int64_t> lag;  // nothing: not known
  std::int64_t held_back = 0;       // offsets behind open transactions
};

Freshness freshness_of(const FreshnessFacts& facts);

// The totals are all that there is to be counted, and no claim is open.
constexpr bool is_good(Freshness freshness) { return freshness == Freshness::kUpToDate; }

}  // namespace salestream::results
