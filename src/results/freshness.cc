// SPDX-License-Identifier: Apache-2.0
#include "results/freshness.h"

#include <algorithm>

namespace salestream::results {

const char* name_of(Freshness freshness) {
  switch (freshness) {
    case Freshness::kStarting: return "starting";
    case Freshness::kUpToDate: return "up_to_date";
    case Freshness::kCatchingUp: return "catching_up";
    case Freshness::kEndless: return "endless";
    case Freshness::kTransactionOpen: return "transaction_open";
    case Freshness::kWaitingForStore: return "waiting_for_store";
    case Freshness::kWaitingForSource: return "waiting_for_source";
    case Freshness::kStopping: return "stopping";
    case Freshness::kEnded: return "ended";
  }
  return "";
}

Seconds store_wait_of(Seconds requests, std::optional<Seconds> look, Seconds usual_look) {
  return look && *look > 2 * usual_look ? std::max(requests, *look) : requests;
}

Freshness freshness_of(const FreshnessFacts& facts) {
  if (facts.has_ended) return Freshness::kEnded;
  if (facts.is_stopping) return Freshness::kStopping;
  // What is unavailable comes before what is not known: it is why.
  if (facts.is_store_failing || facts.store_wait > kMaxSilence) return Freshness::kWaitingForStore;
  if (facts.is_source_silent) return Freshness::kWaitingForSource;
  if (!facts.has_begun || !facts.is_store_read) return Freshness::kStarting;
  if (!facts.has_end) return Freshness::kEndless;
  if (!facts.lag) return Freshness::kStarting;
  if (*facts.lag > 0) return Freshness::kCatchingUp;
  return facts.held_back > 0 ? Freshness::kTransactionOpen : Freshness::kUpToDate;
}

}  // namespace salestream::results
