// SPDX-License-Identifier: Apache-2.0
#include "results/freshness.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace salestream::results {
namespace {

using std::chrono::milliseconds;

FreshnessFacts good() { return {.is_store_read = true, .lag = 0}; }

struct Case {
  const char* what;
  void (*change)(FreshnessFacts&);
  Freshness expected;
};

// Each changes facts that are all good.
const Case kCases[] = {
    {"all known, none missing", [](FreshnessFacts&) {}, Freshness::kUpToDate},
    {"messages missing", [](FreshnessFacts& f) { f.lag = 1; }, Freshness::kCatchingUp},
    {"lag unknown", [](FreshnessFacts& f) { f.lag.reset(); }, Freshness::kStarting},
    {"store not read yet", [](FreshnessFacts& f) { f.is_store_read = false; }, Freshness::kStarting},
    {"no worker yet", [](FreshnessFacts& f) { f.has_begun = false; }, Freshness::kStarting},
    {"store fails", [](FreshnessFacts& f) { f.is_store_failing = true; }, Freshness::kWaitingForStore},
    {"store fails from the start",
     [](FreshnessFacts& f) {
       f.is_store_failing = true;
       f.is_store_read = f.has_begun = false;
       f.lag.reset();
     },
     Freshness::kWaitingForStore},
    {"store slow", [](FreshnessFacts& f) { f.store_wait = kMaxSilence; }, Freshness::kUpToDate},
    {"store silent", [](FreshnessFacts& f) { f.store_wait = kMaxSilence + milliseconds(1); },
     Freshness::kWaitingForStore},
    {"store silent while messages are missing",
     [](FreshnessFacts& f) {
       f.store_wait = kMaxSilence * 2;
       f.lag = 9;
     },
     Freshness::kWaitingForStore},
    {"source silent", [](FreshnessFacts& f) { f.is_source_silent = true; }, Freshness::kWaitingForSource},
    {"source silent, nothing known of it",
     [](FreshnessFacts& f) {
       f.is_source_silent = true;
       f.lag.reset();
     },
     Freshness::kWaitingForSource},
    {"both silent",
     [](FreshnessFacts& f) {
       f.is_source_silent = true;
       f.is_store_failing = true;
     },
     Freshness::kWaitingForStore},
    {"transaction open", [](FreshnessFacts& f) { f.held_back = 500; }, Freshness::kTransactionOpen},
    {"transaction open, messages before it missing",
     [](FreshnessFacts& f) {
       f.held_back = 500;
       f.lag = 3;
     },
     Freshness::kCatchingUp},
    {"no end",
     [](FreshnessFacts& f) {
       f.has_end = false;
       f.lag.reset();
     },
     Freshness::kEndless},
    {"no end, store not read yet",
     [](FreshnessFacts& f) {
       f.has_end = false;
       f.is_store_read = false;
     },
     Freshness::kStarting},
    {"stopping", [](FreshnessFacts& f) { f.is_stopping = true; }, Freshness::kStopping},
    {"stopping while the store fails",
     [](FreshnessFacts& f) {
       f.is_stopping = true;
       f.is_store_failing = true;
     },
     Freshness::kStopping},
    {"ended", [](FreshnessFacts& f) { f.has_ended = f.is_stopping = true; }, Freshness::kEnded},
};

TEST(Freshness, IsWhatTheFactsAllow) {
  for (const Case& each : kCases) {
    FreshnessFacts facts = good();
    each.change(facts);
    EXPECT_STREQ(name_of(freshness_of(facts)), name_of(each.expected)) << each.what;
  }
}

TEST(Freshness, ALookThatTakesAsLongAsUsualIsNoWait) {
  const Seconds one{1}, three{3}, nine{9};
  EXPECT_EQ(store_wait_of(one, std::nullopt, one), one);
  EXPECT_EQ(store_wait_of(one, three, three), one);
  EXPECT_EQ(store_wait_of(one, three, one), three);
  EXPECT_EQ(store_wait_of(nine, three, one), nine);
}

TEST(Freshness, IsGoodInOneStateAlone) {
  std::set<std::string> names;
  for (const Freshness each : kAllFreshness) {
    names.insert(name_of(each));
    EXPECT_EQ(is_good(each), each == Freshness::kUpToDate);
  }
  EXPECT_EQ(names.size(), std::size(kAllFreshness));
}

}  // namespace
}  // namespace salestream::results
